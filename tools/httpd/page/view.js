// SPDX-License-Identifier: MIT
// view.js - what the page shows of the lines
//
// Elements are made here, and all text gets into them as text.

const rowHeight = 30;
const picksMax = 16;

const byId = id => document.getElementById(id);

function make(tag, properties, ...children) {
	const element = Object.assign(document.createElement(tag), properties);

	element.append(...children);
	return element;
}

const state = {
	lines: new Lines(),
	line: null, // the one that is shown
	wish: null, // { app, instance }: what to show when it is there
	picks: new Map(), // path: { aspect, colour }, of that line
	isPicked: false, // by a person, not by us
	sort: "path", down: false,
	range: 300,
	cursor: NaN,
	paused: false,
	denied: 0,
	charts: [], // { canvas, title, chart, place }
};

// ---- processes ----

function processButton(line) {
	const { process } = line;
	const where = line.instance ? shown(line.instance) : process.pid;
	const button = make("button", { type: "button" },
		make("b", { textContent: shown(line.app) }),
		make("span", { textContent: `${where} \u00b7 ` + (line.gone ? "ended" :
			`${duration(process.age_ns || 0)} \u00b7 ` +
			`${process.variables} variables`) }));

	button.className = "process " + (line.gone ? "gone" :
		process.state === "alive" ? "alive" : "unknown");
	button.title = line.gone ? "its last values stay" : shown(process.evidence || "");
	button.setAttribute("aria-current", String(line === state.line));
	button.onclick = () => choose(line);
	return make("li", {}, button);
}

function showProcesses() {
	const filter = byId("process-filter"), text = filter.value.toLowerCase();
	const lines = state.lines.all.filter(line => !text ||
		`${line.app} ${line.instance} ${line.process.pid}`.toLowerCase()
			.includes(text));
	const list = byId("processes"), had = list.contains(document.activeElement) ?
		[...list.querySelectorAll("button")].indexOf(document.activeElement) : -1;

	filter.hidden = state.lines.all.length < 8 && !text;
	byId("process-count").textContent =
		state.lines.all.filter(line => !line.gone).length;
	list.replaceChildren(...lines.slice(0, 500).map(processButton));
	if (had >= 0)
		list.querySelectorAll("button")[had]?.focus();
	byId("denied").textContent = state.denied ?
		`${state.denied} more may not be read by the user of this server.` : "";
}

function fact(name, value) {
	return make("div", {}, make("dt", { textContent: name }),
		make("dd", { textContent: value }));
}

function showAbout() {
	const about = byId("about"), line = state.line;

	if (!line) {
		about.replaceChildren(make("span", { className: "faint", textContent:
			"No process publishes variables. What begins to is shown here." }));
		return;
	}
	const { process } = line, info = line.about || {};
	const parts = [
		make("strong", { textContent: shown(line.app) }),
		fact("pid", process.pid),
		fact("state", line.gone ? "ended; last values" : process.state),
		fact("started", info.start ?
			new Date(info.start).toLocaleString("en-GB") : "not known"),
		fact("restarts seen", line.lives - 1),
	];
	if (line.instance)
		parts.splice(1, 0, fact("instance", shown(line.instance)));
	if (info.segment)
		parts.push(fact("memory", withUnit(info.segment.allocated_bytes, "bytes")));
	if (info.snapshot && info.snapshot.incomplete)
		parts.push(make("p", { className: "note", textContent:
			"Some values could not be read and stand as null." }));
	if (line.error)
		parts.push(make("p", { className: "note", textContent:
			shown(line.error) }));
	about.replaceChildren(make("dl", {}, ...parts));
}

function choose(line) {
	if (line === state.line)
		return;
	state.line = line;
	state.wish = line && { app: line.app, instance: line.instance };
	state.picks = (line && line.picks) || new Map();
	state.isPicked = Boolean(line && line.isPicked);
	byId("scroll").scrollTop = 0;
	rememberHash();
	poll();
	show();
}

// ---- what is picked ----

function aspectOf(track) {
	return track.kind === "histogram" ? "quantiles" :
		track.counter ? "rate" : "value";
}

function pick(path) {
	const track = state.line && state.line.tracks.get(path);

	if (state.picks.has(path)) {
		state.picks.delete(path);
	} else {
		if (!track || track.kind === "text" || state.picks.size >= picksMax)
			return;
		const used = new Set([...state.picks.values()].map(p => p.colour));
		let colour = 0;
		while (used.has(colour))
			colour++;
		state.picks.set(path, { aspect: aspectOf(track), colour });
	}
	state.isPicked = true;
	keepPicks();
	show();
}

function keepPicks() {
	if (!state.line)
		return;
	state.line.picks = state.picks;
	state.line.isPicked = state.isPicked;
	rememberHash();
}

// For a first look: of each kind what changes most.
function pickSome(line) {
	const tracks = [...line.tracks.values()].filter(track => !track.builtin &&
		track.kind !== "text" && track.changed > 0)
		.sort((a, b) => b.changed - a.changed || (a.path < b.path ? -1 : 1));
	const kinds = [track => track.counter, track => track.kind === "number" &&
		!track.counter, track => track.kind === "histogram"];

	state.picks.clear();
	kinds.map(isOf => tracks.find(isOf)).filter(Boolean).forEach((track, i) =>
		state.picks.set(track.path, { aspect: aspectOf(track), colour: i }));
	line.picks = state.picks;
}

function chip(path, one) {
	const track = state.line.tracks.get(path);
	const label = shown(track ? track.label : path);
	const dot = make("span", { className: "dot" });
	const others = { value: "rate", rate: "value", quantiles: "rate" };
	const next = track && track.kind === "histogram" && one.aspect === "rate" ?
		"quantiles" : others[one.aspect];

	dot.style.background = colourOf(one.colour);
	return make("span", { className: "chip" }, dot,
		make("span", { className: "name", textContent: label,
			title: shown(path) }),
		make("button", { type: "button", textContent: one.aspect,
			title: `show ${next}`, onclick: () => {
				one.aspect = next;
				state.isPicked = true;
				keepPicks();
				show();
			} }),
		make("button", { type: "button", textContent: "\u00d7",
			title: "take it out", onclick: () => pick(path) }));
}

// ---- charts ----

function unitOf(track, aspect) {
	return track.kind === "histogram" && aspect === "rate" ? "" : track.unit;
}

function chartTitle(chart) {
	const names = chart.traces.map(trace => shown(trace.track.label));
	const more = names.length > 3 ? ` and ${names.length - 3} more` : "";

	return names.slice(0, 3).join(", ") + more + {
		value: "",
		rate: " \u00b7 per second",
		quantiles: " \u00b7 p50, bands to p90, p99, p999",
	}[chart.aspect];
}

// What has the same unit shares a chart; quantiles have one of their own.
function groupCharts(now) {
	const groups = new Map();
	let first = now;

	/* A short history is not drawn into a corner. */
	state.line.each(0, (at, time) => {
		first = Math.min(first, time);
	});
	const from = Math.max(now - state.range * 1000, Math.min(first, now - 30000));

	for (const [path, { aspect, colour }] of state.picks) {
		const track = state.line.tracks.get(path);
		if (!track || track.kind === "text")
			continue;
		const unit = unitOf(track, aspect);
		const key = JSON.stringify([aspect, unit,
			aspect === "quantiles" ? path : ""]);
		if (!groups.has(key))
			groups.set(key, { aspect, unit, traces: [], from, to: now });
		groups.get(key).traces.push({ line: state.line, track,
			colour: colourOf(colour), names: aspect === "quantiles" ?
				["p50", "p90", "p99", "p999"] : [aspect] });
	}
	return [...groups.values()];
}

function makeChart() {
	const title = make("h3", {}), canvas = make("canvas", {});
	const one = { title, canvas, box: make("div", { className: "chart" }, title,
		canvas) };

	canvas.setAttribute("role", "img");
	canvas.onmousemove = event => {
		if (!one.place)
			return;
		const x = event.clientX - canvas.getBoundingClientRect().left;
		state.cursor = one.place.time(x);
		showTip(event, one.chart);
		drawCharts();
	};
	canvas.onmouseleave = () => {
		state.cursor = NaN;
		byId("tip").hidden = true;
		drawCharts();
	};
	return one;
}

function showCharts() {
	const list = byId("chart-list"), line = state.line;
	const now = line && line.last ? line.last : Date.now();
	const charts = line ? groupCharts(now) : [];

	byId("chips").replaceChildren(...(line ? [...state.picks].map(([path, one]) =>
		chip(path, one)) : []));
	while (state.charts.length < charts.length)
		state.charts.push(makeChart());
	state.charts.length = charts.length;
	state.charts.forEach((one, i) => {
		one.chart = charts[i];
		one.title.textContent = chartTitle(charts[i]);
		one.canvas.setAttribute("aria-label", one.title.textContent);
	});
	const wanted = charts.length ? state.charts.map(one => one.box) :
		[make("p", { className: "faint", textContent: line ?
			"Click variables below to draw them here." : "" })];
	if (wanted.length !== list.children.length ||
	    wanted.some((box, i) => list.children[i] !== box))
		list.replaceChildren(...wanted);
	drawCharts();
}

function drawCharts() {
	for (const one of state.charts)
		one.place = drawChart(one.canvas, one.chart, state.cursor);
}

// Where the cursor is nearest to.
function nearest(line, time) {
	let found = -1, distance = Infinity, when = NaN;

	line.each(0, (at, moment) => {
		if (Math.abs(moment - time) < distance) {
			distance = Math.abs(moment - time);
			found = at;
			when = moment;
		}
	});
	return { at: found, when };
}

function tipRow(trace, name, label, chart, at) {
	const all = trace.track.series[name], value = all ? all[at] : NaN;
	const dot = make("span", { className: "dot" });

	dot.style.background = trace.colour;
	return make("div", {}, dot,
		make("span", { className: "name", textContent: label }),
		make("span", { textContent: Number.isNaN(value) ? "none" :
			withUnit(value, chart.unit) +
			(chart.aspect === "rate" ? " / s" : "") }));
}

function showTip(event, chart) {
	const tip = byId("tip"), { at, when } = nearest(state.line, state.cursor);

	if (at < 0)
		return;
	tip.replaceChildren(make("div", { className: "when", textContent:
		clock(when) }), ...chart.traces.flatMap(trace => trace.names.map(name =>
		tipRow(trace, name, chart.aspect === "quantiles" ? name :
			shown(trace.track.label), chart, at))));
	tip.hidden = false;
	const box = tip.getBoundingClientRect();
	tip.style.left = Math.min(event.clientX + 16,
		window.innerWidth - box.width - 8) + "px";
	tip.style.top = Math.min(event.clientY + 14,
		window.innerHeight - box.height - 8) + "px";
}

// ---- variables ----

const columns = [
	{ name: "path", title: "Variable", class: "name" },
	{ name: "value", title: "Value", class: "n v" },
	{ name: "rate", title: "Per second", class: "n rate" },
	{ name: "min", title: "Min", class: "n wide faint" },
	{ name: "mean", title: "Mean", class: "n wide faint" },
	{ name: "max", title: "Max", class: "n wide faint" },
	{ name: "changed", title: "Last samples", class: "" },
];

const sortValue = {
	path: track => track.path,
	value: track => Number.isNaN(track.value) ? -Infinity : track.value,
	rate: track => Number.isFinite(track.rate) ? Math.abs(track.rate) : -1,
	min: track => extremes(track).min ?? -Infinity,
	mean: track => extremes(track).mean || -Infinity,
	max: track => extremes(track).max ?? -Infinity,
	changed: track => track.changed,
};

function allTracks() {
	const builtins = byId("builtins").checked;

	return state.line ? [...state.line.tracks.values()].filter(track =>
		builtins || !track.builtin) : [];
}

function sortedTracks() {
	const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
	const value = sortValue[state.sort], sign = state.down ? -1 : 1;

	return allTracks().filter(track =>
		words.every(word => track.label.toLowerCase().includes(word)))
		.sort((a, b) => {
			const x = value(a), y = value(b);
			return x < y ? -sign : x > y ? sign : a.path < b.path ? -1 : 1;
		});
}

function showHead() {
	byId("head").replaceChildren(make("span", {}), ...columns.map(column => {
		const isSorted = column.name === state.sort;
		const cell = make("span", { className: column.class },
			make("button", { type: "button", textContent: column.title +
				(isSorted ? state.down ? " \u25be" : " \u25b4" : ""),
			onclick: () => {
				state.down = isSorted ? !state.down : column.name !== "path";
				state.sort = column.name;
				showHead();
				showRows();
			} }));
		if (isSorted)
			cell.setAttribute("aria-sort",
				state.down ? "descending" : "ascending");
		return cell;
	}));
}

function makeRow() {
	const box = make("span", { className: "box" });
	const cells = columns.slice(0, -1).map(column =>
		make("span", { className: column.class }));
	const spark = make("canvas", {});
	const element = make("div", { className: "row", tabIndex: 0 }, box, ...cells,
		spark);
	const row = { element, box, cells, spark, path: "" };

	element.onclick = () => pick(row.path);
	element.onkeydown = event => {
		if (event.key === "Enter")
			pick(row.path);
	};
	return row;
}

// Since the page looks; a histogram's own.
function extremes(track) {
	if (track.kind === "histogram")
		return { min: toNumber(track.histogram.min),
			mean: toNumber(track.histogram.mean),
			max: toNumber(track.histogram.max) };
	return track.kind === "text" ? {} :
		{ min: track.min, mean: track.sum / track.count, max: track.max };
}

function valueText(track) {
	if (track.kind === "text")
		return shown(track.text.length > 200 ? track.text.slice(0, 200) + "\u2026" :
			track.text);
	if (track.kind === "histogram")
		return `p50 ${withUnit(toNumber(track.histogram.p50), track.unit)}`;
	return withUnit(track.value, track.unit, track.exact);
}

function fillRow(row, track) {
	const isNumber = track.kind === "number", picked = state.picks.get(track.path);
	const unit = isNumber ? track.unit : "";
	const { min, mean, max } = extremes(track);
	const number = value => Number.isFinite(value) ?
		withUnit(value, track.unit) : "";
	const texts = [shown(track.label), valueText(track),
		Number.isFinite(track.rate) && track.kind !== "text" ?
			track.rate ? withUnit(track.rate, unit) : "0" : "",
		number(min), number(mean), number(max)];

	row.path = track.path;
	row.cells.forEach((cell, i) => {
		if (cell.textContent !== texts[i])
			cell.textContent = texts[i];
	});
	row.cells[0].title = shown(track.path) + (track.help ?
		`\n${shown(track.help)}` : "");
	row.cells[1].title = track.kind === "histogram" ?
		["count", "min", "mean", "p50", "p90", "p99", "p999", "max"].map(name =>
			`${name} ${withUnit(toNumber(track.histogram[name]),
				name === "count" ? "" : track.unit)}`).join("\n") : texts[1];
	row.element.classList.toggle("picked", Boolean(picked));
	row.box.style.background = picked ? colourOf(picked.colour) : "";
	row.box.style.borderColor = picked ? colourOf(picked.colour) : "";
	row.box.style.visibility = track.kind === "text" ? "hidden" : "";
	prepare(row.spark);
	if (track.kind !== "text")
		drawSpark(row.spark, state.line, track, picked ?
			colourOf(picked.colour) : cssColour("--spark"));
}

const rows = [];

// Only those that are seen are there.
function showRows() {
	const scroll = byId("scroll"), tracks = sortedTracks();
	const first = Math.max(0, Math.floor(scroll.scrollTop / rowHeight) - 2);
	const seen = tracks.slice(first,
		first + Math.ceil(scroll.clientHeight / rowHeight) + 4);

	byId("space").style.height = tracks.length * rowHeight + "px";
	byId("rows").style.top = first * rowHeight + "px";
	byId("rows").classList.toggle("gone", Boolean(state.line && state.line.gone));
	while (rows.length < seen.length) {
		rows.push(makeRow());
		byId("rows").append(rows.at(-1).element);
	}
	rows.forEach((row, i) => {
		row.element.hidden = i >= seen.length;
		if (i < seen.length)
			fillRow(row, seen[i]);
	});
	const all = allTracks().length;
	byId("variable-count").textContent = tracks.length === all ?
		`${all} variables` : `${tracks.length} of ${all} variables`;
}

function show() {
	showProcesses();
	showAbout();
	showCharts();
	showRows();
}
