//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pollux-net/pollux/bench/internal/child"
)

// mostSockets is the greatest number that is registered.
const mostSockets = 16000

// scenario is one row: what is asked about how many sockets.
type scenario struct {
	kind    string
	sockets int
}

// scenarios lists the rows that a number of descriptors allows.
func scenarios(limit uint64) (rows []scenario) {
	add := func(kind string, counts ...int) {
		for _, n := range counts {
			if uint64(n)+500 <= limit {
				rows = append(rows, scenario{kind, n})
			}
		}
	}
	add("select", 1, 10, 100, 400, 1000)
	add("poll", 1, 10, 100, 1000, 9000, mostSockets)
	add("epoll", 1, 10, 1000, mostSockets)
	add("wake", 10, 1000, mostSockets)
	return rows
}

func main() {
	rounds := flag.Int("rounds", 7, "how often each figure is taken, in turns")
	span := flag.Duration("span", 20*time.Millisecond, "how long to measure for a figure")
	flag.Parse()
	if err := run(*rounds, *span); err != nil {
		fmt.Fprintln(os.Stderr, "ready:", err)
		os.Exit(1)
	}
}

func run(rounds int, span time.Duration) error {
	limit, err := child.RaiseDescriptors(2*mostSockets + 1000)
	if err != nil {
		return err
	}
	rows := scenarios(limit)
	py, err := startPython(limit)
	if err != nil {
		return err
	}
	results := make([]result, len(rows))
	pool := &pool{}
	for range rounds {
		for i, row := range rows {
			if err := results[i].take(row, pool, py, span); err != nil {
				return fmt.Errorf("%s of %d: %w", row.kind, row.sockets, err)
			}
		}
	}
	if py != nil {
		if err := py.stop(); err != nil {
			return err
		}
	}
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("medians of %d rounds, µs for one call; load %s\n\n", rounds, strings.TrimSpace(string(load)))
	fmt.Printf("%-8s %8s %10s %10s %10s %10s\n", "call", "sockets", "pollux", "cpython", "raw", "allocs")
	for i, row := range rows {
		fmt.Println(results[i].line(row))
	}
	return nil
}
