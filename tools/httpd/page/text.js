// SPDX-License-Identifier: MIT
// text.js - numbers, times and names as people read them
//
// Names and values come from any program. They get into the page as text nodes
// only, and what could not be seen, or would turn text around, is written out.

const hidden = new RegExp("[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c" +
	"\\u115f\\u1160\\u17b4\\u17b5\\u180e\\u200b-\\u200f\\u2028-\\u202e" +
	"\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb" +
	"\\u{e0000}-\\u{e0fff}]", "gu");

function shown(text) {
	return String(text).replace(hidden, c =>
		"\\u" + c.codePointAt(0).toString(16).padStart(4, "0"));
}

const byteUnits = ["bytes", "byte", "By", "B"];
const secondUnits = { ns: 1e-9, nanoseconds: 1e-9, us: 1e-6, microseconds: 1e-6,
	ms: 1e-3, milliseconds: 1e-3, s: 1, seconds: 1, second: 1 };
const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

function plain(value, digits) {
	const size = Math.abs(value);

	if (!Number.isFinite(value))
		return "";
	if (size && (size > 2 ** 53 || size < 1e-4))
		return value.toExponential(2).replace("e+", "e");
	if (Number.isInteger(value))
		return grouped.format(value);
	return value.toLocaleString("en", { maximumSignificantDigits:
		Math.max(digits, Math.floor(Math.log10(size)) + 1) });
}

function scaled(value, steps) {
	const size = Math.abs(value);
	const step = steps.find(([from]) => size >= from) || steps.at(-1);

	return plain(value / (step[2] || step[0]), 4) + "\u00a0" + step[1];
}

const byteSteps = [[2 ** 50, "PiB"], [2 ** 40, "TiB"], [2 ** 30, "GiB"],
	[2 ** 20, "MiB"], [2 ** 10, "KiB"], [0, "B", 1]];
const secondSteps = [[172800, "d", 86400], [1, "s"], [1e-3, "ms"],
	[1e-6, "\u00b5s"], [0, "ns", 1e-9]];
const countSteps = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k", 1e3],
	[0, "", 1]];

// A number with its unit. Exact ones keep all their digits, if it has none.
function withUnit(value, unit, exact) {
	if (byteUnits.includes(unit))
		return scaled(value, byteSteps);
	if (Object.hasOwn(secondUnits, unit))
		return value ? scaled(value * secondUnits[unit], secondSteps) : "0\u00a0s";
	const text = exact ? grouped.format(BigInt(exact)) : plain(value, 4);
	return unit && unit !== "1" ? text + "\u00a0" + shown(unit) : text;
}

// Short, for an axis.
function atAxis(value, unit) {
	if (byteUnits.includes(unit) || Object.hasOwn(secondUnits, unit))
		return withUnit(value, unit);
	return scaled(value, countSteps).trim();
}

function duration(ns) {
	const s = Math.floor(ns / 1e9);
	const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24;
	const m = Math.floor(s / 60) % 60, two = n => String(n).padStart(2, "0");

	return d ? `${d}d${two(h)}h` : h ? `${h}h${two(m)}m` :
		m ? `${m}m${two(s % 60)}s` : `${s}s`;
}

function clock(ms) {
	return new Date(ms).toLocaleTimeString("en-GB");
}
