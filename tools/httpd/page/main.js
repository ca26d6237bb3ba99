// SPDX-License-Identifier: MIT
// main.js - asks the server again and again, and listens to the person

const patience = 10000;
let timer = 0, polling = false, again = false;

// ---- what stands in the address: it survives a reload ----

function rememberHash() {
	const words = new URLSearchParams();

	if (state.wish) {
		words.set("app", state.wish.app);
		if (state.wish.instance)
			words.set("instance", state.wish.instance);
	}
	if (state.isPicked)
		for (const [path, { aspect }] of state.picks)
			words.append(aspect, path);
	if (state.range !== 300)
		words.set("range", String(state.range));
	history.replaceState(null, "", "#" + words);
}

function readHash() {
	const words = new URLSearchParams(location.hash.slice(1));
	const range = Number(words.get("range"));
	let colour = 0;

	if (words.get("app") !== null)
		state.wish = { app: words.get("app"),
			instance: words.get("instance") || "" };
	for (const [aspect, path] of words)
		if (["value", "rate", "quantiles"].includes(aspect) &&
		    state.picks.size < picksMax) {
			state.picks.set(path, { aspect, colour: colour++ });
			state.isPicked = true;
		}
	if ([...byId("range").options].some(o => Number(o.value) === range)) {
		state.range = range;
		byId("range").value = String(range);
	}
}

// ---- asking ----

async function ask(path) {
	const control = new AbortController();
	const late = setTimeout(() => control.abort(), patience);

	try {
		const response = await fetch(path, { cache: "no-store",
			signal: control.signal, headers: { Accept: "application/json" } });
		const text = await response.text();
		if (!response.ok)
			throw Object.assign(new Error(text.trim().split("\n")[0]),
				{ status: response.status });
		return parse(text);
	} finally {
		clearTimeout(late);
	}
}

function setStatus(name, text) {
	byId("status").className = name;
	byId("status").textContent = text;
}

// The one that was wanted, as soon as it is there; else any that lives.
function settle() {
	const { lines, wish } = state;
	const fits = line => wish && line.app === wish.app &&
		line.instance === wish.instance;

	if (state.line && lines.all.includes(state.line) &&
	    (fits(state.line) || !lines.all.some(fits)))
		return;
	const { picks, isPicked } = state;
	state.line = lines.all.find(fits) || lines.all.find(line => !line.gone) || null;
	if (!state.line)
		return;
	if (!state.line.picks) {
		/* Those of the address are meant for the one that was wanted. */
		state.line.picks = fits(state.line) ? picks : new Map();
		state.line.isPicked = isPicked && state.line.picks.size > 0;
	}
	state.picks = state.line.picks;
	state.isPicked = state.line.isPicked;
}

async function askForLine(line) {
	const { process } = line;

	try {
		line.take(await ask(`/debug/vars?app=${encodeURIComponent(process.app)}` +
			`&pid=${process.pid}&meta=1`), Date.now());
		if (line === state.line && !state.isPicked && line.filled === 4)
			pickSome(line);
	} catch (error) {
		line.gap(Date.now());
		if (!error.status)
			throw error;
		// It may have ended since it was listed.
		line.error = error.status === 404 ? "" : error.message;
	}
}

async function askOnce() {
	const list = await ask("/processes");

	state.denied = list.denied;
	state.lines.update(list.processes, Date.now());
	settle();
	if (state.line && !state.line.gone)
		await askForLine(state.line);
	else if (state.line)
		state.line.gap(Date.now());
}

async function poll() {
	clearTimeout(timer);
	if (polling) {
		again = true;
		return;
	}
	polling = true;
	again = false;
	const began = Date.now();
	try {
		await askOnce();
		setStatus(state.paused ? "paused" : "live",
			state.paused ? "paused" : `live \u00b7 ${clock(Date.now())}`);
	} catch (error) {
		if (state.line)
			state.line.gap(Date.now());
		setStatus("lost", "the server does not answer; asking again");
	}
	polling = false;
	show();
	if (!state.paused || again)
		timer = setTimeout(poll, again ? 0 : Math.max(50,
			Number(byId("interval").value) - (Date.now() - began)));
}

// ---- the person ----

function togglePause() {
	state.paused = !state.paused;
	byId("pause").textContent = state.paused ? "Go on" : "Pause";
	if (!state.paused) {
		if (state.line)
			state.line.gap(Date.now());
		poll();
	} else {
		clearTimeout(timer);
		setStatus("paused", "paused");
	}
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const themes = ["system", "light", "dark"];
let theme = "system";

function applyTheme() {
	document.documentElement.dataset.theme =
		theme === "dark" || (theme === "system" && dark.matches) ? "dark" : "light";
	byId("theme").textContent = { system: "Auto", light: "Light",
		dark: "Dark" }[theme];
	show();
}

function listen() {
	byId("pause").onclick = togglePause;
	byId("interval").onchange = poll;
	byId("range").onchange = () => {
		state.range = Number(byId("range").value);
		rememberHash();
		show();
	};
	byId("theme").onclick = () => {
		theme = themes[(themes.indexOf(theme) + 1) % themes.length];
		try {
			localStorage.setItem("expvar-theme", theme);
		} catch (error) {
			// It is only not remembered.
		}
		applyTheme();
	};
	byId("filter").oninput = () => {
		byId("scroll").scrollTop = 0;
		showRows();
	};
	byId("process-filter").oninput = showProcesses;
	byId("builtins").onchange = showRows;
	byId("scroll").onscroll = showRows;
	window.onresize = show;
	dark.onchange = applyTheme;
	document.onkeydown = event => {
		const isTyping = /^(INPUT|SELECT|BUTTON)$/.test(event.target.tagName);
		if (event.key === "Escape" && event.target === byId("filter")) {
			byId("filter").value = "";
			byId("filter").blur();
			showRows();
		} else if (event.key === "/" && !isTyping) {
			byId("filter").focus();
			event.preventDefault();
		} else if (event.key === " " && !isTyping) {
			togglePause();
			event.preventDefault();
		}
	};
}

try {
	theme = themes.find(t => t === localStorage.getItem("expvar-theme")) || "system";
} catch (error) {
	// Nothing is remembered.
}
byId("app").hidden = false;
readHash();
showHead();
listen();
applyTheme();
poll();
