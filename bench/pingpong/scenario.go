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
	Size       int   `json:"size"`
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
	return fmt.Sprintf("%s, %s, %s, %s (server on cpu %s, client on cpu %s)",
		protocol, table.Size(s.Size), table.Plural(s.Conns, "connection"), table.Plural(s.Loops, "loop"),
		table.Ints(s.ServerCPUs), table.Ints(s.ClientCPUs))
}

// family is the part of the matrix with one protocol.
type family struct {
	tls, udp            bool
	conns, sizes, loops []int
}

// datagrams is measured on demand. The connections are as many sockets of the
// client; the server has one.
var datagrams = family{udp: true, sizes: []int{64}, conns: []int{1, 64}, loops: []int{1}}

// defaultFamilies is the whole matrix.
func defaultFamilies() []family {
	return []family{
		{tls: false, sizes: []int{64}, conns: []int{1, 64, 1000}, loops: []int{1, 2}},
		{tls: true, sizes: []int{64, 16 * 1024}, conns: []int{64}, loops: []int{1}},
	}
}

// scenarios multiplies the families out. Lists in opts replace those of every
// family; opts.tls leaves one family.
func scenarios(opts options, cpus []int) []scenario {
	var all []scenario
	families := defaultFamilies()
	if opts.udp {
		families = []family{datagrams}
	}
	for _, f := range families {
		if opts.tls != nil && *opts.tls != f.tls {
			continue
		}
		for _, loops := range either(opts.loops, f.loops) {
			server, client := child.Placement(loops, cpus)
			for _, size := range either(opts.sizes, f.sizes) {
				for _, conns := range either(opts.conns, f.conns) {
					all = append(all, scenario{
						TLS: f.tls, UDP: f.udp, Size: size, Conns: conns, Loops: loops,
						ServerCPUs: either(opts.serverCPUs, server),
						ClientCPUs: either(opts.clientCPUs, client),
					})
				}
			}
		}
	}
	return all
}

func either(list, fallback []int) []int {
	if len(list) > 0 {
		return list
	}
	return fallback
}
