package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// scenario is a way to misbehave.
type scenario struct {
	name  string
	about string
	// attack brings the bad state about and returns what ends it. It returns
	// at once when the bad peers are not to stall but to be busy.
	attack func(b *bad) (finish func(b *bad) outcome, err error)
	active bool // the server has work meanwhile: its processor time is no fault
	plain  bool // it is measured without TLS
	tls    bool // it is measured with TLS
	live   int  // well-behaved connections
	nofile int  // the server's limit of descriptors, if not 0
}

func scenarios() []scenario {
	const many = 100
	return []scenario{
		{name: "slow-reader", about: "one client sends 100 MB and does not read", attack: slowReader, plain: true, tls: true, live: many},
		{name: "late-reader", about: "one client sends 16 MB and its FIN, and reads late", attack: lateReader, plain: true, tls: true, live: many},
		{name: "reset", about: "100 clients send 1 MB each, do not read, and reset", attack: reset, plain: true, tls: true, live: many},
		{name: "one-byte", about: "100 clients send one byte every 10 ms each", attack: oneByte, active: true, plain: true, tls: true, live: many},
		{name: "handshakes", about: "2000 clients hold back the last byte of their ClientHello", attack: slowHandshakes, tls: true, live: many},
		{name: "silent", about: "2000 clients connect and say nothing", attack: silent, plain: true, tls: true, live: many},
		{name: "flood", about: "one client sends single bytes as fast as it can", attack: flood, active: true, plain: true, tls: true, live: many},
		{name: "emfile", about: "200 clients of a server that may have 64 descriptors", attack: exhaust, plain: true, tls: true, live: 20, nofile: 64},
		{name: "burst", about: "clients connect all at once, 2000 (TLS: 400), again and again", attack: burst, active: true, plain: true, tls: true, live: many},
	}
}

func servers() []peer.Server { return slices.Concat(peer.Plain(), peer.TLS()) }

func scenarioNames() string {
	var names []string
	for _, sc := range scenarios() {
		names = append(names, sc.name)
	}
	return strings.Join(names, ",")
}

func findScenario(name string) (scenario, error) {
	all := scenarios()
	i := slices.IndexFunc(all, func(sc scenario) bool { return sc.name == name })
	if i < 0 {
		return scenario{}, fmt.Errorf("no scenario %q, there are %s", name, scenarioNames())
	}
	return all[i], nil
}

func pickScenarios(text string) ([]scenario, error) {
	var picked []scenario
	for name := range strings.SplitSeq(text, ",") {
		sc, err := findScenario(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		picked = append(picked, sc)
	}
	return picked, nil
}
