package main

import (
	"fmt"
	"io"

	"github.com/pollux-net/pollux/bench/internal/table"
)

// writeTable prints a line for each server, in KB for each connection.
func writeTable(out io.Writer, opts options, conns int, useTLS bool, results []result) error {
	protocol, asked := "TCP", "nobody is asked to give memory back"
	if useTLS {
		protocol = "TLS"
	}
	if opts.free {
		asked = "every server gives back unused memory before it is measured"
	}
	rows := [][]string{{
		"server", "base MB", "accepted", "one echo", "round 1", fmt.Sprint("round ", opts.rounds), "kept", "growth",
	}}
	for _, res := range results {
		rows = append(rows, row(res, conns))
	}
	_, err := fmt.Fprintf(out, "\n%s, %s, KB of RSS for each; %s\n\n%s\n",
		protocol, table.Plural(conns, "idle connection"), asked, table.Align(rows))
	return err
}

func row(res result, conns int) []string {
	if res.failure != "" {
		return []string{res.server, res.failure}
	}
	each := func(memory int64) string { return figure(memory-res.base, conns) }
	first, last := res.rounds[0], res.rounds[len(res.rounds)-1]
	// By then every connection has had a message of every size.
	allSizes := res.rounds[min(len(mixedSizes()), len(res.rounds))-1]
	return []string{
		res.server, table.Figure(float64(res.base) / (1 << 20)), each(res.accepted), each(res.echoed),
		each(first), each(last), figure(last-res.echoed, conns), figure(last-allSizes, conns),
	}
}

func figure(bytes int64, conns int) string {
	perConn := float64(bytes) / 1024 / float64(conns)
	if perConn < 0 {
		return "-" + table.Figure(-perConn)
	}
	return table.Figure(perConn)
}
