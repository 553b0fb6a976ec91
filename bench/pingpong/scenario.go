package main

import (
	"fmt"
	"strconv"
	"strings"
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
		protocol, formatSize(s.Size), plural(s.Conns, "connection"), plural(s.Loops, "loop"),
		joinInts(s.ServerCPUs), joinInts(s.ClientCPUs))
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
			server, client := placement(loops, cpus)
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

// placement gives each loop a processor and the client the next one; when
// there are not enough, server and client share what there is.
func placement(loops int, cpus []int) (server, client []int) {
	if loops < len(cpus) {
		return cpus[:loops], cpus[loops : loops+1]
	}
	return cpus, cpus
}

func either(list, fallback []int) []int {
	if len(list) > 0 {
		return list
	}
	return fallback
}

func formatSize(bytes int) string {
	if bytes >= 1024 && bytes%1024 == 0 {
		return strconv.Itoa(bytes/1024) + " KB"
	}
	return strconv.Itoa(bytes) + " B"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func joinInts(list []int) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}
