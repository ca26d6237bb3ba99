// SPDX-License-Identifier: MIT
// model.js - what processes publish, and how it was over time
//
// A line is what one program looks like from here: lives of an application (and
// instance) that follow each other are one, as a restart is what one wants to
// see in it. Nothing here touches the page.

const POINTS = 3700;
const POINTS_OF_MANY = 400;
const MANY = 1500;
const GONE_MAX = 30;

// One number over time; NaN is where there was none.
class Track {
	constructor(path) {
		this.path = path;
		this.label = path.replace(/\\(.)/g, "$1");
		this.kind = "text";
		this.text = "";
		this.value = NaN;
		this.rate = NaN;
		this.unit = "";
		this.help = "";
		this.counter = false;
		this.series = {};
		this.reset();
	}

	reset() {
		this.min = Infinity;
		this.max = -Infinity;
		this.sum = 0;
		this.count = 0;
		this.changed = 0;
	}

	take(value) {
		this.changed = this.changed * 0.9 +
			(Number.isNaN(this.value) || value === this.value ? 0 : 1);
		this.value = value;
		if (Number.isNaN(value))
			return;
		this.min = Math.min(this.min, value);
		this.max = Math.max(this.max, value);
		this.sum += value;
		this.count++;
	}

	put(name, at, length, value) {
		let all = this.series[name];

		if (!all || all.length !== length) {
			const old = all;
			all = this.series[name] = new Float64Array(length).fill(NaN);
			if (old)
				all.set(old.subarray(0, Math.min(old.length, length)));
		}
		all[at] = value;
	}
}

// Path names as --select takes them.
function joined(prefix, name) {
	const escaped = name.replace(/[.\\*?]/g, "\\$&");

	return prefix ? prefix + "." + escaped : escaped;
}

function isHistogram(value) {
	return ["count", "sum", "p50", "p90", "p99", "p999", "p9999"].every(name =>
		Object.hasOwn(value, name));
}

function toNumber(value) {
	return value instanceof Exact ? Number(value.source) :
		typeof value === "number" ? value : NaN;
}

// Calls fn(path, value, isHistogram) for each value that is no object.
function flatten(object, prefix, depth, fn) {
	for (const name of Object.keys(object)) {
		const value = object[name], path = joined(prefix, name);

		if (value && typeof value === "object" && !Array.isArray(value) &&
		    depth < 70 && !(value instanceof Exact)) {
			if (isHistogram(value))
				fn(path, value, true);
			else
				flatten(value, path, depth + 1, fn);
		} else {
			fn(path, value, false);
		}
	}
}

// An integer that a number of JavaScript does not hold.
class Exact {
	constructor(source) {
		this.source = source;
	}
}

function parse(text) {
	return JSON.parse(text, function (key, value, context) {
		if (typeof value === "number" && !Number.isSafeInteger(value) &&
		    context && /^-?[0-9]{16,20}$/.test(context.source))
			return new Exact(context.source);
		return value;
	});
}

class Line {
	constructor(process) {
		this.app = process.app;
		this.instance = process.instance || "";
		this.tracks = new Map();
		// Room is made when somebody looks: there may be many lines.
		this.times = new Float64Array(0);
		this.next = 0;
		this.filled = 0;
		this.restarts = [];
		this.lives = 1;
		this.follow(process);
	}

	follow(process) {
		this.process = process;
		this.gone = false;
		this.error = "";
		this.started = undefined;
	}

	// A new life of the program: counters begin anew.
	restart(process, now) {
		this.lives++;
		this.restarts.push(now);
		if (this.restarts.length > 1000)
			this.restarts.shift();
		for (const track of this.tracks.values()) {
			track.reset();
			track.value = NaN;
		}
		this.follow(process);
		this.gap(now);
	}

	step(now) {
		const at = this.next;

		if (!this.times.length)
			this.times = new Float64Array(POINTS).fill(NaN);
		this.times[at] = now;
		this.next = (at + 1) % this.times.length;
		this.filled = Math.min(this.filled + 1, this.times.length);
		for (const track of this.tracks.values())
			for (const name of Object.keys(track.series))
				track.series[name][at] = NaN;
		return at;
	}

	// Nothing is known of now.
	gap(now) {
		if (this.filled)
			this.step(now);
		this.before = undefined;
	}

	// Fewer moments of many variables.
	limit(count) {
		if (count < MANY || this.times.length === POINTS_OF_MANY)
			return;
		this.times = new Float64Array(POINTS_OF_MANY).fill(NaN);
		this.next = this.filled = 0;
		for (const track of this.tracks.values())
			track.series = {};
	}

	// Calls fn(place, time) for each moment since then, in order.
	each(since, fn) {
		const size = this.times.length;

		for (let i = this.filled; i > 0; i--) {
			const at = (this.next - i + size) % size;
			if (this.times[at] >= since)
				fn(at, this.times[at]);
		}
	}

	track(path) {
		let track = this.tracks.get(path);

		if (!track) {
			track = new Track(path);
			this.tracks.set(path, track);
		}
		return track;
	}

	describe(descriptions) {
		this.descriptions = new Map(Object.entries(descriptions || {}));
	}

	// Of the path, or of what is around it.
	description(path) {
		for (let at = path.length; at > 0; at = path.lastIndexOf(".", at - 1)) {
			const found = this.descriptions.get(path.slice(0, at));
			if (found && path[at - 1] !== "\\")
				return found;
		}
		return {};
	}

	// One document, with the object `expvar`.
	take(document, now) {
		const about = document.expvar || {};
		const since = Number(about.start_age_ns) / 1e9;
		const seconds = this.before === undefined ? NaN : since - this.before;
		const seen = new Set();

		this.about = about;
		this.error = "";
		this.describe(about.descriptions);
		this.limit(this.tracks.size);
		const at = this.step(now);
		flatten(document, "", 0, (path, value, histogram) => {
			if (path.startsWith("expvar."))
				return;
			seen.add(path);
			this.takeOne(this.track(path), value, histogram, at, seconds);
		});
		for (const [path, track] of this.tracks)
			if (!seen.has(path))
				this.tracks.delete(path);
		this.before = Number.isFinite(since) ? since : undefined;
		this.last = now;
	}

	takeOne(track, value, histogram, at, seconds) {
		const length = this.times.length;
		const known = this.description(track.path);

		track.unit = known.unit || "";
		track.help = known.help || "";
		track.counter = known.kind === "counter";
		track.builtin = /^(cmdline|memstats|process)(\.|$)/.test(track.path);
		if (histogram) {
			this.takeHistogram(track, value, at, seconds);
			return;
		}
		track.exact = value instanceof Exact ? value.source : "";
		const number = typeof value === "boolean" ? Number(value) :
			toNumber(value);
		const isNumber = value instanceof Exact || typeof value === "number";
		track.kind = isNumber ? "number" : "text";
		track.text = isNumber ? "" : typeof value === "string" ? value :
			JSON.stringify(value);
		track.rate = (number - track.value) / seconds;
		track.take(number);
		if (Number.isNaN(number))
			return;
		track.put("value", at, length, number);
		track.put("rate", at, length, track.rate);
	}

	takeHistogram(track, value, at, seconds) {
		const length = this.times.length;

		track.kind = "histogram";
		track.histogram = value;
		const count = toNumber(value.count);
		track.rate = (count - track.value) / seconds;
		track.take(count);
		track.put("rate", at, length, track.rate);
		for (const name of ["p50", "p90", "p99", "p999"])
			track.put(name, at, length, count ? toNumber(value[name]) : NaN);
		track.put("value", at, length, count ? toNumber(value.p50) : NaN);
	}
}

// All lines, and which process each has now.
class Lines {
	constructor() {
		this.all = [];
	}

	static isSame(a, b) {
		return a.incarnation === b.incarnation && a.pid === b.pid;
	}

	// What there is; changes lines, and returns those whose program is new.
	update(processes, now) {
		const free = processes.filter(p => !p.error);

		for (const line of this.all) {
			const at = free.findIndex(p => Lines.isSame(p, line.process));
			line.gone = at < 0;
			if (at >= 0)
				line.process = free.splice(at, 1)[0];
		}
		for (const process of free) {
			const line = this.all.find(l => l.gone &&
				l.app === process.app &&
				l.instance === (process.instance || ""));
			if (line)
				line.restart(process, now);
			else
				this.all.push(new Line(process));
		}
		const gone = this.all.filter(l => l.gone);
		for (const line of gone.slice(0, Math.max(0, gone.length - GONE_MAX)))
			this.all.splice(this.all.indexOf(line), 1);
		this.all.sort((a, b) => a.app < b.app ? -1 : a.app > b.app ? 1 :
			a.process.pid - b.process.pid);
	}
}
