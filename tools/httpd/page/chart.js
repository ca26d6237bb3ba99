// SPDX-License-Identifier: MIT
// chart.js - lines, bands and sparklines on canvases

const palettes = {
	light: ["#1f77b4", "#d95f02", "#1b9e77", "#c2338b", "#7570b3", "#a6761d",
		"#d62728", "#17a0b8"],
	dark: ["#5aa9e6", "#ff9248", "#3ecf9f", "#f06ab8", "#a79df0", "#d5a64a",
		"#ff6f66", "#45cbe0"],
};
const margin = { left: 64, right: 10, top: 8, bottom: 22 };
const quantiles = [["p99", "p999", 0.16], ["p90", "p99", 0.3], ["p50", "p90", 0.5]];

function themeName() {
	return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

function colourOf(number) {
	const palette = palettes[themeName()];

	return palette[number % palette.length];
}

function cssColour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Empty, in pixels of the screen; null while nobody sees it.
function prepare(canvas) {
	const width = canvas.clientWidth, height = canvas.clientHeight;
	const ratio = window.devicePixelRatio || 1;

	if (!width || !height)
		return null;
	if (canvas.width !== Math.round(width * ratio) ||
	    canvas.height !== Math.round(height * ratio)) {
		canvas.width = Math.round(width * ratio);
		canvas.height = Math.round(height * ratio);
	}
	const context = canvas.getContext("2d");
	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	context.clearRect(0, 0, width, height);
	return { context, width, height };
}

// ---- axes ----

function niceStep(span, count) {
	const rough = span / count, power = 10 ** Math.floor(Math.log10(rough));
	const part = rough / power;

	return (part > 5 ? 10 : part > 2 ? 5 : part > 1 ? 2 : 1) * power;
}

// Steps are round in the unit that is shown: MiB, not millions of bytes.
function factorOf(size, unit) {
	if (byteUnits.includes(unit))
		return size < 1024 ? 1 :
			1024 ** Math.min(5, Math.floor(Math.log2(size) / 10));
	if (Object.hasOwn(secondUnits, unit)) {
		const step = secondSteps.find(([from]) =>
			size * secondUnits[unit] >= from);
		return (step[2] || step[0]) / secondUnits[unit];
	}
	return 1;
}

function valueTicks(min, max, unit) {
	const factor = factorOf(Math.max(Math.abs(min), Math.abs(max)), unit);
	const step = niceStep((max - min) / factor, 4) * factor, ticks = [];

	for (let n = Math.ceil(min / step); n * step <= max && ticks.length < 12; n++)
		ticks.push(n * step);
	return ticks;
}

const timeSteps = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

function timeTicks(from, to, width) {
	const step = 1000 * (timeSteps.find(s =>
		(to - from) / 1000 / s <= Math.max(2, width / 110)) || 3600);
	const ticks = [];

	for (let t = Math.ceil(from / step) * step; t <= to; t += step)
		ticks.push(t);
	return { ticks, step };
}

// ---- a chart ----

// Near zero begins at zero.
function rangeOf(chart) {
	let min = Infinity, max = -Infinity;

	for (const { line, track, names } of chart.traces)
		line.each(chart.from, at => {
			for (const name of names) {
				const value = track.series[name] ?
					track.series[name][at] : NaN;
				if (value < min)
					min = value;
				if (value > max)
					max = value;
			}
		});
	if (min > max)
		return [0, 1];
	if (min > 0 && (min < max * 0.7 || chart.aspect === "rate"))
		min = 0;
	if (max < 0 && max > min * 0.7)
		max = 0;
	const room = (max - min) * 0.08 || Math.abs(max) * 0.1 || 1;
	return [min === 0 ? 0 : min - room, max + room];
}

function placing(chart, size) {
	const [min, max] = rangeOf(chart);
	const width = size.width - margin.left - margin.right;
	const height = size.height - margin.top - margin.bottom;

	return {
		min, max, width, height,
		x: time => margin.left +
			(time - chart.from) / (chart.to - chart.from) * width,
		y: value => margin.top + (max - value) / (max - min) * height,
		time: x => chart.from + (x - margin.left) / width *
			(chart.to - chart.from),
	};
}

function drawAxes(chart, context, place, size) {
	const { ticks, step } = timeTicks(chart.from, chart.to, place.width);

	context.font = "11.5px system-ui, 'DejaVu Sans', sans-serif";
	context.lineWidth = 1;
	context.strokeStyle = cssColour("--grid");
	context.fillStyle = cssColour("--faint");
	context.textAlign = "right";
	context.textBaseline = "middle";
	for (const value of valueTicks(place.min, place.max, chart.unit)) {
		const y = Math.round(place.y(value)) + 0.5;
		context.beginPath();
		context.moveTo(margin.left, y);
		context.lineTo(size.width - margin.right, y);
		context.stroke();
		context.fillText(atAxis(value, chart.unit), margin.left - 8, y);
	}
	context.textAlign = "center";
	context.textBaseline = "alphabetic";
	for (const time of ticks) {
		const x = Math.round(place.x(time)) + 0.5;
		context.beginPath();
		context.moveTo(x, margin.top);
		context.lineTo(x, size.height - margin.bottom);
		context.stroke();
		context.fillText(step < 60000 ? clock(time) : clock(time).slice(0, 5),
			Math.min(x, size.width - 26), size.height - 6);
	}
}

function drawRestarts(chart, context, place, size) {
	const drawn = new Set();

	context.strokeStyle = cssColour("--bad");
	context.setLineDash([2, 3]);
	for (const { line } of chart.traces) {
		if (drawn.has(line))
			continue;
		drawn.add(line);
		for (const time of line.restarts) {
			if (time < chart.from || time > chart.to)
				continue;
			const x = Math.round(place.x(time)) + 0.5;
			context.beginPath();
			context.moveTo(x, margin.top);
			context.lineTo(x, size.height - margin.bottom);
			context.stroke();
		}
	}
	context.setLineDash([]);
}

// A single value between two gaps is a dot.
function drawLine(context, place, trace, name, chart) {
	const all = trace.track.series[name];
	let run = 0, last = [0, 0];

	if (!all)
		return;
	const dot = () => {
		if (run === 1)
			context.rect(last[0] - 1, last[1] - 1, 2, 2);
	};
	context.strokeStyle = trace.colour;
	context.lineWidth = 1.7;
	context.lineJoin = "round";
	context.beginPath();
	trace.line.each(chart.from, (at, time) => {
		if (Number.isNaN(all[at])) {
			dot();
			run = 0;
			return;
		}
		last = [place.x(time), place.y(all[at])];
		if (run++)
			context.lineTo(...last);
		else
			context.moveTo(...last);
	});
	dot();
	context.stroke();
}

function drawBand(context, place, trace, lower, upper, opacity, chart) {
	const low = trace.track.series[lower], high = trace.track.series[upper];
	let run = [];

	if (!low || !high)
		return;
	const fill = () => {
		if (run.length > 1) {
			context.beginPath();
			for (const [x, , top] of run)
				context.lineTo(x, top);
			for (const [x, bottom] of run.reverse())
				context.lineTo(x, bottom);
			context.fill();
		}
		run = [];
	};
	context.fillStyle = trace.colour;
	context.globalAlpha = opacity;
	trace.line.each(chart.from, (at, time) => {
		if (Number.isNaN(low[at]) || Number.isNaN(high[at]))
			fill();
		else
			run.push([place.x(time), place.y(low[at]), place.y(high[at])]);
	});
	fill();
	context.globalAlpha = 1;
}

// Returns where things are, for the cursor.
function drawChart(canvas, chart, cursor) {
	const size = prepare(canvas);

	if (!size)
		return null;
	const context = size.context, place = placing(chart, size);
	drawAxes(chart, context, place, size);
	drawRestarts(chart, context, place, size);
	context.save();
	context.beginPath();
	context.rect(margin.left, 0, place.width, size.height - margin.bottom + 1);
	context.clip();
	for (const trace of chart.traces) {
		if (chart.aspect === "quantiles")
			for (const [lower, upper, opacity] of quantiles)
				drawBand(context, place, trace, lower, upper, opacity,
					chart);
		drawLine(context, place, trace,
			chart.aspect === "quantiles" ? "p50" : chart.aspect, chart);
	}
	if (cursor >= chart.from && cursor <= chart.to) {
		const x = Math.round(place.x(cursor)) + 0.5;
		context.strokeStyle = cssColour("--faint");
		context.lineWidth = 1;
		context.beginPath();
		context.moveTo(x, margin.top);
		context.lineTo(x, size.height - margin.bottom);
		context.stroke();
	}
	context.restore();
	return place;
}

// ---- a sparkline ----

const SPARK_POINTS = 120;

function drawSpark(canvas, line, track, colour) {
	const size = prepare(canvas);
	const all = track.series[track.counter || track.kind === "histogram" ?
		"rate" : "value"];

	if (!size || !all)
		return;
	const points = [], length = line.times.length;
	const count = Math.min(SPARK_POINTS, line.filled);
	for (let i = count; i > 0; i--)
		points.push(all[(line.next - i + length) % length]);
	const known = points.filter(v => !Number.isNaN(v));
	const min = Math.min(...known), max = Math.max(...known);
	const context = size.context, low = size.height - 3, high = 3;
	let open = false;
	context.strokeStyle = colour;
	context.lineWidth = 1.3;
	context.lineJoin = "round";
	context.beginPath();
	points.forEach((value, i) => {
		const x = size.width - 1 - (points.length - 1 - i) *
			(size.width - 2) / (SPARK_POINTS - 1);
		const y = max > min ? low - (value - min) / (max - min) * (low - high) :
			(low + high) / 2;
		if (Number.isNaN(value))
			open = false;
		else if (open)
			context.lineTo(x, y);
		else
			context.moveTo(x, y);
		open = !Number.isNaN(value);
	});
	context.stroke();
}
