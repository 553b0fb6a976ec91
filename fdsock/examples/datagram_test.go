package examples_test

import (
	"net"
	"testing"
)

// refused is an address at which nobody listens.
func refused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestDatagramProgram asks the server, and a socket that does not answer.
func TestDatagramProgram(t *testing.T) {
	datagram := build(t, "datagram")
	server := start(t, datagram, "serve", "-listen", "127.0.0.1:0")
	addr := server.address()
	for range 3 {
		client := start(t, datagram, "ask", "-connect", addr, "-timeout", "20s", "small", "letters")
		if got := client.ends(0); got != "SMALL LETTERS\n" {
			t.Errorf("the client prints %q", got)
		}
		server.until(": 13 bytes")
	}
	nothing := start(t, datagram, "ask", "-connect", addr, "-timeout", "20s")
	if got := nothing.ends(0); got != "\n" {
		t.Errorf("the answer to an empty datagram is %q", got)
	}
	server.until(": 0 bytes")
	server.interrupt()
	server.ends(0)
	fails(t, "ConnectionRefusedError", datagram, "ask", "-connect", addr, "-timeout", "20s", "anybody?")

	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	fails(t, "no answer from", datagram, "ask", "-connect", silent.LocalAddr().String(), "-timeout", "5ms", "-tries", "3", "hm")
	for range 3 {
		var p [8]byte
		if n, _, err := silent.ReadFrom(p[:]); n != 2 || err != nil {
			t.Fatalf("a question of %d bytes: %v", n, err)
		}
	}
}

// TestDatagramClientStops interrupts a client that waits for an answer.
func TestDatagramClientStops(t *testing.T) {
	datagram := build(t, "datagram")
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	client := start(t, datagram, "ask", "-connect", silent.LocalAddr().String(), "-timeout", "20s", "hm")
	var p [8]byte
	if _, _, err := silent.ReadFrom(p[:]); err != nil {
		t.Fatal(err)
	}
	client.interrupt()
	client.ends(1)
}

func TestDatagramMistakes(t *testing.T) {
	datagram := build(t, "datagram")
	fails(t, "say serve or ask", datagram)
	fails(t, `"tell" is neither`, datagram, "tell")
	fails(t, "missing port", datagram, "serve", "-listen", "localhost")
	fails(t, "not a number", datagram, "ask", "-connect", "127.0.0.1:x")
}
