package examples_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestChatProgram has two users talk, one leave, and the server stopped under
// the other.
func TestChatProgram(t *testing.T) {
	chat := build(t, "chat")
	server := start(t, chat, "serve", "-listen", "127.0.0.1:0")
	addr := server.address()
	join := func(name string, here int) *process {
		t.Helper()
		p := start(t, chat, "join", "-connect", addr, "-name", name)
		if got := p.line(); got != fmt.Sprintf("* %d here", here) {
			t.Errorf("%s is told %q", name, got)
		}
		return p
	}
	ann := join("ann", 1)
	bob := join("bob", 2)
	if got := ann.line(); got != "* bob has joined" {
		t.Errorf("ann is told %q", got)
	}
	ann.say("good morning")
	if got := bob.line(); got != "ann: good morning" {
		t.Errorf("bob is told %q", got)
	}
	bob.say("same to you")
	if got := ann.line(); got != "bob: same to you" {
		t.Errorf("ann is told %q", got)
	}
	if err := bob.in.Close(); err != nil {
		t.Fatal(err)
	}
	bob.ends(0)
	if got := ann.line(); got != "* bob has left" {
		t.Errorf("ann is told %q", got)
	}
	server.until("bob has left")
	eve := join("eve", 2)
	eve.interrupt()
	eve.ends(0)
	server.until("eve has left")
	server.interrupt()
	server.ends(0)
	ann.ends(1)
	if said := ann.errors.String(); !strings.Contains(said, "the server has ended") {
		t.Errorf("ann's program says %q", said)
	}
}

// visitor is a client of the chat server.
type visitor struct {
	net.Conn
	lines *bufio.Scanner
}

// say sends a line.
func (v *visitor) say(t *testing.T, line string) {
	t.Helper()
	if _, err := fmt.Fprintln(v, line); err != nil {
		t.Error(err)
	}
}

// visit joins the room, and returns when the server has said so.
func visit(t *testing.T, addr, name string) *visitor {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	v := &visitor{conn, bufio.NewScanner(conn)}
	v.say(t, name)
	if !v.lines.Scan() || !strings.HasSuffix(v.lines.Text(), " here") {
		t.Fatalf("%s is told %q, %v", name, v.lines.Text(), v.lines.Err())
	}
	return v
}

// TestChatHundreds has hundreds of clients speak at once: each hears each
// other once, whatever the order.
func TestChatHundreds(t *testing.T) {
	number := 300
	if testing.Short() {
		number = 50
	}
	server := start(t, build(t, "chat"), "serve", "-listen", "127.0.0.1:0")
	addr := server.address()
	var visitors []*visitor
	for i := range number {
		visitors = append(visitors, visit(t, addr, fmt.Sprint("v", i)))
	}
	var wg sync.WaitGroup
	for i, v := range visitors {
		wg.Go(func() {
			v.say(t, fmt.Sprint("this is ", i))
			heard := make(map[string]int)
			for said := 0; said < number-1; {
				if !v.lines.Scan() {
					t.Errorf("v%d heard %d of %d: %v", i, said, number-1, v.lines.Err())
					return
				}
				line := v.lines.Text()
				heard[line]++
				if strings.HasPrefix(line, "v") {
					said++
				}
			}
			for j := range number {
				line := fmt.Sprintf("v%d: this is %d", j, j)
				if n := heard[line]; n != 1 && j != i || n != 0 && j == i {
					t.Errorf("v%d heard %q %d times", i, line, n)
				}
			}
		})
	}
	wg.Wait()
	server.interrupt()
	server.ends(0)
}

// TestChatLimits has clients that go too far: a line without an end, and
// nothing read although others speak. They are removed, and the rest go on.
func TestChatLimits(t *testing.T) {
	server := start(t, build(t, "chat"), "serve", "-listen", "127.0.0.1:0")
	addr := server.address()
	ann := visit(t, addr, "ann")
	long := visit(t, addr, "long")
	long.say(t, strings.Repeat("x", 10000))
	server.until("long was removed: a line is too long")
	slow := visit(t, addr, "slow")
	text := strings.Repeat("y", 4000)
	removed := make(chan struct{})
	go func() {
		defer close(removed)
		for ann.lines.Scan() {
			if strings.HasPrefix(ann.lines.Text(), "* slow was removed") {
				return
			}
		}
		t.Error("the slow client stays:", ann.lines.Err())
	}()
	for gone := false; !gone; {
		select {
		case <-removed:
			gone = true
		default:
			if ann.say(t, text); t.Failed() {
				return
			}
		}
	}
	if err := slow.Close(); err != nil {
		t.Error(err)
	}
	bob := visit(t, addr, "bob")
	ann.say(t, "still here")
	for bob.lines.Scan() && bob.lines.Text() != "ann: still here" {
	}
	if err := bob.lines.Err(); err != nil {
		t.Error(err)
	}
	server.interrupt()
	server.ends(0)
}

func TestChatMistakes(t *testing.T) {
	chat := build(t, "chat")
	fails(t, "say serve or join", chat)
	fails(t, `"sing" is neither`, chat, "sing")
	fails(t, "missing port", chat, "serve", "-listen", "")
	fails(t, "ConnectionRefusedError", chat, "join", "-connect", refused(t))
}
