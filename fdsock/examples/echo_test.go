package examples_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// TestEchoProgram starts the server, talks to it in words and in megabytes,
// several clients at once, and stops it.
func TestEchoProgram(t *testing.T) {
	echo := build(t, "echo")
	server := start(t, echo, "serve", "-listen", "127.0.0.1:0")
	addr := server.address()

	var clients []*process
	for range 4 {
		clients = append(clients, start(t, echo, "talk", "-connect", addr, "what", "I", "say"))
	}
	for _, c := range clients {
		if got := c.ends(0); got != "what I say\n" {
			t.Errorf("the client prints %q", got)
		}
		server.until(": 11 bytes")
	}

	much := bytes.Repeat([]byte("0123456789abcdef"), 1<<17)
	talk := exec.CommandContext(t.Context(), echo, "talk", "-connect", addr)
	talk.Stdin = bytes.NewReader(much)
	out, err := talk.Output()
	if err != nil || !bytes.Equal(out, much) {
		t.Errorf("%d bytes of %d came back: %v", len(out), len(much), err)
	}
	server.until(": 2097152 bytes")

	idle := start(t, echo, "talk", "-connect", addr)
	idle.say("something")
	if got := idle.line(); got != "something" {
		t.Errorf("the client prints %q", got)
	}
	server.interrupt() // ends connections as well
	server.ends(0)
	idle.ends(1)
	if said := idle.errors.String(); !strings.Contains(said, "the server has ended the connection") {
		t.Errorf("the client says %q", said)
	}
}

// TestEchoClientStops interrupts a client that waits.
func TestEchoClientStops(t *testing.T) {
	echo := build(t, "echo")
	server := start(t, echo, "serve", "-listen", "127.0.0.1:0")
	client := start(t, echo, "talk", "-connect", server.address(), "-timeout", "20s")
	client.say("there")
	client.line()
	client.interrupt()
	client.ends(1)
	if said := client.errors.String(); !strings.Contains(said, "echo: recv: ") {
		t.Errorf("the client says %q", said)
	}
	server.until(" bytes")
	server.interrupt()
	server.ends(0)
}

func TestEchoMistakes(t *testing.T) {
	echo := build(t, "echo")
	fails(t, "say serve or talk", echo)
	fails(t, `"shout" is neither`, echo, "shout")
	fails(t, "missing port", echo, "serve", "-listen", "127.0.0.1")
	fails(t, "not a number", echo, "talk", "-connect", "127.0.0.1:http", "x")
	fails(t, "port must be 0-65535", echo, "serve", "-listen", "127.0.0.1:65536")
	fails(t, "ConnectionRefusedError", echo, "talk", "-connect", refused(t), "x")
}
