package main

import (
	"net"
	"testing"

	"github.com/pollux-net/pollux/internal/exampletest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

// TestDatagramProgram asks the server, and a socket that does not answer.
func TestDatagramProgram(t *testing.T) {
	server := exampletest.Start(t, "serve", "-listen", "127.0.0.1:0")
	addr := server.Address()
	for range 3 {
		client := exampletest.Start(t, "ask", "-connect", addr, "-timeout", "20s", "small", "letters")
		if got := client.Ends(0); got != "SMALL LETTERS\n" {
			t.Errorf("the client prints %q", got)
		}
		server.Until(": 13 bytes")
	}
	nothing := exampletest.Start(t, "ask", "-connect", addr, "-timeout", "20s")
	if got := nothing.Ends(0); got != "\n" {
		t.Errorf("the answer to an empty datagram is %q", got)
	}
	server.Until(": 0 bytes")
	server.Interrupt()
	server.Ends(0)
	exampletest.Fails(t, 1, "ConnectionRefusedError", "ask", "-connect", addr, "-timeout", "20s", "anybody?")

	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	exampletest.Fails(t, 1, "no answer from", "ask", "-connect", silent.LocalAddr().String(), "-timeout", "5ms", "-tries", "3", "hm")
	for range 3 {
		var p [8]byte
		if n, _, err := silent.ReadFrom(p[:]); n != 2 || err != nil {
			t.Fatalf("a question of %d bytes: %v", n, err)
		}
	}
}

// TestDatagramClientStops interrupts a client that waits for an answer.
func TestDatagramClientStops(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	client := exampletest.Start(t, "ask", "-connect", silent.LocalAddr().String(), "-timeout", "20s", "hm")
	var p [8]byte
	if _, _, err := silent.ReadFrom(p[:]); err != nil {
		t.Fatal(err)
	}
	client.Interrupt()
	client.Ends(1)
}

func TestDatagramMistakes(t *testing.T) {
	exampletest.Fails(t, 2, "say serve or ask")
	exampletest.Fails(t, 2, `"tell" is neither`, "tell")
	exampletest.Fails(t, 2, "missing port", "serve", "-listen", "localhost")
	exampletest.Fails(t, 2, "not a number", "ask", "-connect", "127.0.0.1:x")
	exampletest.Usage(t, nil, "serve", "ask")
	exampletest.Usage(t, []string{"serve"}, "-listen")
	exampletest.Usage(t, []string{"ask"}, "-connect", "-tries", "WORD")
}
