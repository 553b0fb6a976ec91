package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/exampletest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

// TestEchoProgram starts the server, talks to it in words and in megabytes,
// several clients at once, and stops it.
func TestEchoProgram(t *testing.T) {
	server := exampletest.Start(t, "serve", "-listen", "127.0.0.1:0")
	addr := server.Address()

	var clients []*exampletest.Process
	for range 4 {
		clients = append(clients, exampletest.Start(t, "talk", "-connect", addr, "what", "I", "say"))
	}
	for _, c := range clients {
		if got := c.Ends(0); got != "what I say\n" {
			t.Errorf("the client prints %q", got)
		}
		server.Until(": 11 bytes")
	}

	much := bytes.Repeat([]byte("0123456789abcdef"), 1<<17)
	talk := exampletest.Command(t, "talk", "-connect", addr)
	talk.Stdin = bytes.NewReader(much)
	out, err := talk.Output()
	if err != nil || !bytes.Equal(out, much) {
		t.Errorf("%d bytes of %d came back: %v", len(out), len(much), err)
	}
	server.Until(": 2097152 bytes")

	idle := exampletest.Start(t, "talk", "-connect", addr)
	idle.Say("something")
	if got := idle.Next(); got != "something" {
		t.Errorf("the client prints %q", got)
	}
	server.Interrupt() // ends connections as well
	server.Ends(0)
	idle.Ends(1)
	if said := idle.Errors(); !strings.Contains(said, "the server has ended the connection") {
		t.Errorf("the client says %q", said)
	}
}

// TestEchoClientStops interrupts a client that waits.
func TestEchoClientStops(t *testing.T) {
	server := exampletest.Start(t, "serve", "-listen", "127.0.0.1:0")
	client := exampletest.Start(t, "talk", "-connect", server.Address(), "-timeout", "20s")
	client.Say("there")
	client.Next()
	client.Interrupt()
	client.Ends(1)
	if said := client.Errors(); !strings.Contains(said, "echo: recv: ") {
		t.Errorf("the client says %q", said)
	}
	server.Until(" bytes")
	server.Interrupt()
	server.Ends(0)
}

func TestEchoMistakes(t *testing.T) {
	exampletest.Fails(t, 2, "say serve or talk")
	exampletest.Fails(t, 2, `"shout" is neither`, "shout")
	exampletest.Fails(t, 2, "missing port", "serve", "-listen", "127.0.0.1")
	exampletest.Fails(t, 2, "not a number", "talk", "-connect", "127.0.0.1:http", "x")
	exampletest.Fails(t, 1, "port must be 0-65535", "serve", "-listen", "127.0.0.1:65536")
	exampletest.Fails(t, 1, "ConnectionRefusedError", "talk", "-connect", exampletest.Refused(t), "x")
	exampletest.Usage(t, nil, "serve", "talk")
	exampletest.Usage(t, []string{"serve"}, "-listen")
	exampletest.Usage(t, []string{"talk"}, "-connect", "-timeout", "WORD")
}

// TestEchoCrowded has more clients than the server has descriptors.
func TestEchoCrowded(t *testing.T) {
	exampletest.Crowded(t, func(addr string) {
		client := exampletest.Start(t, "talk", "-connect", addr, "-timeout", "20s", "late")
		if got := client.Ends(0); got != "late\n" {
			t.Errorf("the client prints %q", got)
		}
	}, "serve", "-listen", "127.0.0.1:0")
}
