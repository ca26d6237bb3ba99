// SPDX-License-Identifier: MIT

// Go's half of test-text-against-go.sh: reads float64 bit patterns in hex, one
// per line; prints "g-form json-form" for each. NaN and infinities print null,
// our stated difference: Go prints text that is no JSON, or an error.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
)

func forms(v float64) (string, string) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "null", "null"
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(strconv.AppendFloat(nil, v, 'g', -1, 64)), string(text)
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		bits, err := strconv.ParseUint(in.Text(), 16, 64)
		if err != nil {
			panic(err)
		}
		g, j := forms(math.Float64frombits(bits))
		fmt.Fprintln(out, g, j)
	}
}
