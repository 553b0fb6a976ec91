package main

import (
	"fmt"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/table"
)

// scenario is one table: all servers do the same thing.
type scenario struct {
	TLS        bool  `json:"tls"`
	UDP        bool  `json:"udp"`
	Size       int   `json:"size,omitempty"`
	Pipeline   int   `json:"pipeline,omitempty"` // HTTP requests sent together, 0 without HTTP
	Conns      int   `json:"conns"`
	Loops      int   `json:"loops"`
	ServerCPUs []int `json:"server_cpus"`
	ClientCPUs []int `json:"client_cpus"`
}

func (s scenario) String() string {
	protocol := "TCP"
	switch {
	case s.TLS:
		protocol = "TLS"
	case s.UDP:
		protocol = "UDP"
	}
	what := table.Size(s.Size)
	if s.Pipeline > 0 {
		what = "HTTP/1.1, " + table.Plural(s.Pipeline, "request") + " at a time"
	}
	return fmt.Sprintf("%s, %s, %s, %s (server on cpu %s, client on cpu %s)",
		protocol, what, table.Plural(s.Conns, "connection"), table.Plural(s.Loops, "loop"),
		table.Ints(s.ServerCPUs), table.Ints(s.ClientCPUs))
}

// family is the part of the matrix with one protocol.
type family struct {
	tls, udp            bool
	conns, sizes, loops []int
	pipeline            []int // HTTP's
}

// datagrams is measured on demand. The connections are as many sockets of the
// client; the server has one.
var datagrams = family{udp: true, sizes: []int{64}, conns: []int{1, 64}, loops: []int{1}}

// pages are measured on demand, too.
func pages() []family {
	return []family{
		{conns: []int{64, 1000}, loops: []int{1}, pipeline: []int{1, 16}},
		{tls: true, conns: []int{64, 1000}, loops: []int{1}, pipeline: []int{1, 16}},
	}
}

// defaultFamilies is the whole matrix.
func defaultFamilies() []family {
	return []family{
		{tls: false, sizes: []int{64}, conns: []int{1, 64, 1000}, loops: []int{1, 2}},
		{tls: true, sizes: []int{64, 16 * 1024}, conns: []int{64}, loops: []int{1}},
	}
}

// scenarios multiplies the families out. Lists in opts replace those of every
// family; opts.TLS leaves one family.
func scenarios(opts options, cpus []int) []scenario {
	var all []scenario
	families := defaultFamilies()
	if opts.udp {
		families = []family{datagrams}
	}
	if opts.http {
		families = pages()
	}
	for _, f := range families {
		if !opts.Wants(f.tls) {
			continue
		}
		for _, loops := range either(opts.loops, f.loops) {
			server, client := child.Placement(loops, cpus)
			for _, m := range f.messages(opts) {
				for _, conns := range either(opts.conns, f.conns) {
					all = append(all, scenario{
						TLS: f.tls, UDP: f.udp, Size: m.size, Pipeline: m.pipeline, Conns: conns, Loops: loops,
						ServerCPUs: either(opts.serverCPUs, server),
						ClientCPUs: either(opts.clientCPUs, client),
					})
				}
			}
		}
	}
	return all
}

// message is what a connection sends: bytes, or HTTP requests.
type message struct{ size, pipeline int }

func (f family) messages(opts options) (list []message) {
	if f.pipeline == nil {
		for _, size := range either(opts.sizes, f.sizes) {
			list = append(list, message{size: size})
		}
		return list
	}
	for _, n := range either(opts.pipeline, f.pipeline) {
		list = append(list, message{pipeline: n})
	}
	return list
}

func either(list, fallback []int) []int {
	if len(list) > 0 {
		return list
	}
	return fallback
}
