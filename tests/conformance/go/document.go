// SPDX-License-Identifier: MIT

// Go's half of test-document-against-go.sh: reads a description of variables
// (see make-description.py) from standard input, publishes them by Go's own
// expvar, and prints the document without cmdline and memstats.
//
//	document handler    what this Go's own handler writes, verbatim
//	document newest     the same by the newest rules, whatever Go this is
//
// "newest" differs where Go 1.19's handler does: names and keys are quoted as
// strings are (S17; %q before Go 1.21), bad UTF-8 is raw U+FFFD (S16; \ufffd
// before), and where later Gos do: backspace and form feed in a Func stay
// \u0008 and \u000c (S15; \b and \f since Go 1.22). Beside that only the
// stated differences of the C library: NaN and the infinities print null.
// Order, layout, numbers, and what every operation does are Go's own.
package main

import (
	"bufio"
	"encoding/hex"
	"expvar"
	"fmt"
	"io"
	"log"
	"math"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

// none is nil at the top level, which Go publishes since 1.21; 1.19 panics.
type none struct{}

func (none) String() string { return "null" }

// ---- The description ----

var vars = map[string]expvar.Var{}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func bytesOf(word string) string {
	if word == "" || word[0] != 'x' {
		panic("no bytes: " + word)
	}
	b, err := hex.DecodeString(word[1:])
	check(err)
	return string(b)
}

func intOf(word string) int64 {
	n, err := strconv.ParseInt(word, 10, 64)
	check(err)
	return n
}

func floatOf(word string) float64 {
	bits, err := strconv.ParseUint(word, 16, 64)
	check(err)
	return math.Float64frombits(bits)
}

// value takes one value in prefix form off the front of words.
func value(words *[]string) interface{} {
	word := (*words)[0]
	*words = (*words)[1:]
	switch word[0] {
	case 'n':
		return nil
	case 't':
		return true
	case 'f':
		return false
	case 'i':
		return intOf(word[1:])
	case 'u':
		n, err := strconv.ParseUint(word[1:], 10, 64)
		check(err)
		return n
	case 'd':
		return floatOf(word[1:])
	case 'x':
		return bytesOf(word)
	case '[':
		list := []interface{}{}
		for (*words)[0] != "]" {
			list = append(list, value(words))
		}
		*words = (*words)[1:]
		return list
	case '{':
		object := map[string]interface{}{}
		for (*words)[0] != "}" {
			key := bytesOf((*words)[0])
			*words = (*words)[1:]
			object[key] = value(words)
		}
		*words = (*words)[1:]
		return object
	}
	panic("no value: " + word)
}

func publish(name string, v expvar.Var) {
	// Of a taken name the first stays.
	defer func() { recover() }()
	if v == nil {
		v = none{}
	}
	expvar.Publish(name, v)
}

func put(parent, key string, v expvar.Var) {
	if parent == "0" {
		publish(bytesOf(key), v)
	} else {
		vars[parent].(*expvar.Map).Set(bytesOf(key), v)
	}
}

func create(v expvar.Var, words []string) {
	vars[words[0]] = v
	if len(words) > 2 {
		put(words[1], words[2], v)
	}
}

func do(words []string) {
	verb, words := words[0], words[1:]
	switch verb {
	case "int":
		create(new(expvar.Int), words)
	case "float":
		create(new(expvar.Float), words)
	case "string":
		create(new(expvar.String), words)
	case "map":
		create(new(expvar.Map).Init(), words)
	case "func":
		place, rest := words[:1], words[1:]
		if rest[0] == "0" {
			place, rest = words[:3], words[3:]
		}
		result := value(&rest)
		create(expvar.Func(func() interface{} { return result }), place)
	case "iadd":
		vars[words[0]].(*expvar.Int).Add(intOf(words[1]))
	case "iset":
		vars[words[0]].(*expvar.Int).Set(intOf(words[1]))
	case "fadd":
		vars[words[0]].(*expvar.Float).Add(floatOf(words[1]))
	case "fset":
		vars[words[0]].(*expvar.Float).Set(floatOf(words[1]))
	case "sset":
		vars[words[0]].(*expvar.String).Set(bytesOf(words[1]))
	case "put":
		put(words[0], words[1], vars[words[2]])
	case "add":
		vars[words[0]].(*expvar.Map).Add(bytesOf(words[1]), intOf(words[2]))
	case "addf":
		vars[words[0]].(*expvar.Map).AddFloat(bytesOf(words[1]), floatOf(words[2]))
	case "delete":
		vars[words[0]].(*expvar.Map).Delete(bytesOf(words[1]))
	case "clear":
		vars[words[0]].(*expvar.Map).Init()
	default:
		panic("no operation: " + verb)
	}
}

// ---- The newest rules ----

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s { // bad bytes come as one U+FFFD each
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == '<' || r == '>' || r == '&' || r == '\u2028' || r == '\u2029':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// funcText changes a few escapes of a JSON text, and only those.
func funcText(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '\\':
			b.WriteByte(text[i])
			continue
		case text[i+1] == 'b':
			b.WriteString(`\u0008`)
		case text[i+1] == 'f':
			b.WriteString(`\u000c`)
		case strings.HasPrefix(text[i:], `\ufffd`):
			b.WriteRune(utf8.RuneError)
			i += 4
		default:
			b.WriteString(text[i : i+2])
		}
		i++
	}
	return b.String()
}

func text(v expvar.Var) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case *expvar.Float:
		if math.IsNaN(v.Value()) || math.IsInf(v.Value(), 0) {
			return "null"
		}
	case *expvar.String:
		return quote(v.Value())
	case *expvar.Map:
		var entries []string
		v.Do(func(kv expvar.KeyValue) {
			entries = append(entries, quote(kv.Key)+": "+text(kv.Value))
		})
		return "{" + strings.Join(entries, ", ") + "}"
	case expvar.Func:
		return funcText(v.String())
	}
	return v.String()
}

func newest() []string {
	var lines []string
	expvar.Do(func(kv expvar.KeyValue) {
		if kv.Key != "cmdline" && kv.Key != "memstats" {
			lines = append(lines, quote(kv.Key)+": "+text(kv.Value))
		}
	})
	return lines
}

// ---- This Go's own handler ----

func handler() []string {
	var lines []string
	recorder := httptest.NewRecorder()
	expvar.Handler().ServeHTTP(recorder, nil)
	body := recorder.Body.String()
	// No value contains a line end.
	body = strings.TrimSuffix(strings.TrimPrefix(body, "{\n"), "\n}\n")
	for _, line := range strings.Split(body, ",\n") {
		if !strings.HasPrefix(line, `"cmdline": `) && !strings.HasPrefix(line, `"memstats": `) {
			lines = append(lines, line)
		}
	}
	return lines
}

func main() {
	log.SetOutput(io.Discard)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		do(strings.Fields(in.Text()))
	}
	check(in.Err())
	lines := newest
	if os.Args[1] == "handler" {
		lines = handler
	}
	fmt.Printf("{\n%s\n}\n", strings.Join(lines(), ",\n"))
}
