package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/exampletest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

// person is a client of the server.
type person struct {
	net.Conn
	in *bufio.Reader
}

func join(t *testing.T, addr string) *person {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	return &person{c, bufio.NewReader(c)}
}

func (p *person) say(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(p, text); err != nil {
		t.Fatal(err)
	}
}

func (p *person) hears(t *testing.T, want string) {
	t.Helper()
	if got, err := p.in.ReadString('\n'); err != nil || got != want {
		t.Fatalf("heard %q, %v, want %q", got, err, want)
	}
}

// clients is how many TestThousand has, enough how many descriptors they need.
const clients, enough = 1000, 1200

// raise allows this process, and those that it starts, enough descriptors.
func raise(t *testing.T) {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur >= enough {
		return
	}
	if limit.Cur = limit.Max; limit.Max < enough {
		t.Skip("fewer descriptors are allowed here: ", limit.Max)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
}

// TestThousand has a thousand clients, all of which hear each other.
func TestThousand(t *testing.T) {
	raise(t)
	p := exampletest.Start(t)
	addr := p.Address()
	all := make([]*person, clients)
	for i := range all {
		all[i] = join(t, addr)
	}
	everybody := func(speaker int, line string) {
		all[speaker].say(t, line)
		for i, c := range all {
			if i != speaker {
				c.hears(t, line)
			}
		}
	}
	everybody(clients-1, "all are here\n") // the last one to be accepted
	for i := 0; i < clients; i += 40 {
		everybody(i, fmt.Sprintf("hello from %d\n", i))
	}
	all[7].say(t, "half a line\nand an")
	for i, c := range all {
		if i != 7 {
			c.hears(t, "half a line\n")
		}
	}
	everybody(8, "whole line\n")
	all[7].say(t, "other\n")
	all[8].hears(t, "and another\n")
	p.Stop("at most 1000 clients")
}

// TestLeaving has clients go, with and without an end.
func TestLeaving(t *testing.T) {
	p := exampletest.Start(t)
	addr := p.Address()
	a, b, c := join(t, addr), join(t, addr), join(t, addr)
	a.say(t, "1\n")
	b.hears(t, "1\n")
	c.hears(t, "1\n")
	c.say(t, "I'm off\n")
	_ = c.Close()
	a.hears(t, "I'm off\n")
	b.hears(t, "I'm off\n")
	a.say(t, "2\n")
	b.hears(t, "2\n")
	p.Stop("at most 3 clients")
}

// TestDeaf cuts off a client that does not read, and nobody else.
func TestDeaf(t *testing.T) {
	p := exampletest.Start(t, "-backlog", "100000")
	addr := p.Address()
	deaf, talker, other := join(t, addr), join(t, addr), join(t, addr)
	deaf.say(t, "hello\n")
	talker.hears(t, "hello\n")
	other.hears(t, "hello\n")
	line := strings.Repeat("blah ", 10000) + "\n"
	for range 400 { // 20 MB: more than the kernel keeps
		talker.say(t, line)
		other.hears(t, line)
	}
	n, _ := io.Copy(io.Discard, deaf) // until it is cut off
	if n >= 400*int64(len(line)) {
		t.Error("it was not cut off")
	}
	talker.say(t, "bye\n")
	other.hears(t, "bye\n")
	p.Stop("at most 3 clients")
}

// TestMistakes says what is wrong.
func TestMistakes(t *testing.T) {
	exampletest.Fails(t, 2, "chat: address nowhere: missing port", "-addr", "nowhere")
	exampletest.Fails(t, 2, `unexpected argument "x"`, "x")
	exampletest.Fails(t, 1, "chat: ", "-addr", "192.0.2.1:1")
	exampletest.Usage(t, nil, "-addr", "-backlog")
}

// TestCrowded has more clients than the server has descriptors.
func TestCrowded(t *testing.T) {
	exampletest.Crowded(t, func(addr string) {
		a, b := join(t, addr), join(t, addr)
		a.say(t, "first\n") // b may not have been accepted yet, and miss it
		b.say(t, "late\n")
		a.hears(t, "late\n")
	}, "-addr", "127.0.0.1:0")
}
