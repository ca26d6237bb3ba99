// SPDX-License-Identifier: MIT

// Go's expvar in the same run: the loops of its own package benchmarks, and
// the loops of bench-update where Go has a counterpart, by testing.Benchmark.
//
//	bench KEY THREADS    ns of wall time an operation of one goroutine, with
//	                     GOMAXPROCS and goroutines = THREADS
//	bench publish N      ns each for publishing N Ints
//	bench document N     CPU ns a variable of the handler printing the mixture,
//	                     the least of nine
//	bench list           the package's own benchmarks, with 1 and 2 processors
package main

import (
	"expvar"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"runtime"
	"sort"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	counters = 64
	keyCount = 16
)

var texts = [2]string{"connected to a 1", "connected to b 2"}

func keys() []string {
	k := make([]string, keyCount)
	for i := range k {
		k[i] = fmt.Sprintf("key-%02d", i)
	}
	return k
}

// Each returns what one goroutine does n times.
type loop func(goroutine, n int)

func calls() map[string]loop {
	var (
		ints    [counters]expvar.Int
		own     [64]struct {
			expvar.Int
			_ [120]byte
		}
		float [64]struct {
			expvar.Float
			_ [120]byte
		}
		text [64]struct {
			expvar.String
			_ [104]byte
		}
		one   expvar.String
		table = new(expvar.Map).Init()
		child [keyCount]*expvar.Int
		key   = keys()
	)
	for i, k := range key {
		table.Add(k, 0)
		child[i] = table.Get(k).(*expvar.Int)
	}
	names := make([]string, counters)
	for i := range names {
		names[i] = fmt.Sprintf("look.up_%d", i)
	}
	return map[string]loop{
		"counter_inc": func(g, n int) {
			for i := 0; i < n; i++ {
				ints[i%counters].Add(1)
			}
		},
		"int_add": func(g, n int) {
			for i := 0; i < n; i++ {
				own[g].Add(1)
			}
		},
		"int_add_one": func(g, n int) {
			for i := 0; i < n; i++ {
				own[0].Add(1)
			}
		},
		"int_set": func(g, n int) {
			for i := 0; i < n; i++ {
				own[g].Set(int64(i))
			}
		},
		"float_add": func(g, n int) {
			for i := 0; i < n; i++ {
				float[g].Add(1)
			}
		},
		"float_set": func(g, n int) {
			for i := 0; i < n; i++ {
				float[g].Set(float64(i))
			}
		},
		"string_set": func(g, n int) {
			for i := 0; i < n; i++ {
				text[g].Set(texts[i&1])
			}
		},
		"string_set_one": func(g, n int) {
			for i := 0; i < n; i++ {
				one.Set(texts[i&1])
			}
		},
		"map_add": func(g, n int) {
			for i := 0; i < n; i++ {
				table.Add(key[i%keyCount], 1)
			}
		},
		"map_child": func(g, n int) {
			for i := 0; i < n; i++ {
				child[i%keyCount].Add(1)
			}
		},
		"get": func(g, n int) {
			if expvar.Get(names[0]) == nil {
				for _, name := range names {
					expvar.NewInt(name)
				}
			}
			for i := 0; i < n; i++ {
				expvar.Get(names[i%counters])
			}
		},
	}
}

// Goroutine g of b.N times GOMAXPROCS: RunParallel hands out b.N in all.
func parallel(l loop, threads int) float64 {
	runtime.GOMAXPROCS(threads)
	r := testing.Benchmark(func(b *testing.B) {
		var next int32
		share := b.N / threads
		if threads == 1 {
			l(0, b.N)
			return
		}
		b.RunParallel(func(pb *testing.PB) {
			l(int(atomic.AddInt32(&next, 1)-1), share)
			for pb.Next() {
			}
		})
	})
	return float64(r.T.Nanoseconds()) / float64(r.N) * float64(threads)
}

// The mixture of calls_publish_mixture() in update-calls.c.
func publishMixture(n int) {
	var in *expvar.Map
	held := 10
	for i := 0; i < n; i++ {
		name := fmt.Sprintf("mix.requests_%07d", i)
		value := uint64(i) * 0x9e3779b97f4a7c15
		switch i % 10 {
		case 7:
			expvar.NewFloat(name).Set(float64(value>>12) / 1e6)
		case 8:
			expvar.NewString(name).Set("state \"" + strconv.Itoa(i) + "\" of this")
		case 9:
			if held == 10 {
				in = expvar.NewMap(fmt.Sprintf("mix.map_%07d", i))
				held = 0
			}
			in.Add("key"+strconv.Itoa(held), int64(value>>40))
			held++
		default:
			expvar.NewInt(name).Set(int64(value >> (value & 63)))
		}
	}
}

func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano() + u.Stime.Nano())
}

func document(n int) float64 {
	publishMixture(n)
	runtime.GC()
	var ns []float64
	for i := 0; i < 9; i++ {
		recorder := httptest.NewRecorder()
		before := cpu()
		expvar.Handler().ServeHTTP(recorder, nil)
		ns = append(ns, (cpu()-before)/float64(n))
	}
	sort.Float64s(ns)
	return ns[0]
}

func publish(n int) float64 {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("service.requests_%07d", i)
	}
	begin := time.Now()
	for _, name := range names {
		expvar.NewInt(name)
	}
	return float64(time.Since(begin).Nanoseconds()) / float64(n)
}

// The loops of the package's benchmarks, written anew.
func list() {
	type benchmark struct {
		name string
		body func(b *testing.B)
	}
	steady := func(different bool) func(b *testing.B) {
		return func(b *testing.B) {
			k := keys()[:5]
			m := new(expvar.Map).Init()
			for _, key := range k {
				m.Add(key, 0)
			}
			var next int32
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				i := 0
				if different {
					i = int(atomic.AddInt32(&next, 1))
				}
				for pb.Next() {
					m.Add(k[i%len(k)], 1)
					if different {
						i++
					}
				}
			})
		}
	}
	each := func(f func()) func(b *testing.B) {
		return func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					f()
				}
			})
		}
	}
	var i expvar.Int
	var f expvar.Float
	var s expvar.String
	m := new(expvar.Map).Init()
	v := new(expvar.Int)
	for _, procs := range []int{1, 2} {
		runtime.GOMAXPROCS(procs)
		for _, b := range []benchmark{
			{"IntAdd", each(func() { i.Add(1) })},
			{"IntSet", each(func() { i.Set(1) })},
			{"FloatAdd", each(func() { f.Add(1) })},
			{"FloatSet", each(func() { f.Set(1) })},
			{"StringSet", each(func() { s.Set("red") })},
			{"MapSet", each(func() { m.Set("red", v) })},
			{"MapAddSameSteadyState", steady(false)},
			{"MapAddDifferentSteadyState", steady(true)},
		} {
			r := testing.Benchmark(b.body)
			fmt.Printf("%-28s %d procs %9.2f ns/op %4d B/op\n", b.name, procs,
				float64(r.T.Nanoseconds())/float64(r.N), r.AllocedBytesPerOp())
		}
	}
}

func main() {
	testing.Init()
	flag.Set("test.benchtime", "40ms")
	if len(os.Args) == 2 && os.Args[1] == "list" {
		list()
		return
	}
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: bench KEY NUMBER | list")
		os.Exit(2)
	}
	number, err := strconv.Atoi(os.Args[2])
	if err != nil || number < 1 {
		fmt.Fprintln(os.Stderr, "bench: a number, please")
		os.Exit(2)
	}
	switch os.Args[1] {
	case "publish":
		fmt.Println(publish(number))
	case "document":
		fmt.Println(document(number))
	default:
		if l := calls()[os.Args[1]]; l != nil {
			fmt.Println(parallel(l, number))
		}
	}
}
