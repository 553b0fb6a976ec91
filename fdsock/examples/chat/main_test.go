package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/exampletest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

// TestChatProgram has two users talk, one leave, and the server stopped under
// the other.
func TestChatProgram(t *testing.T) {
	server := exampletest.Start(t, "serve", "-listen", "127.0.0.1:0")
	addr := server.Address()
	join := func(name string, here int) *exampletest.Process {
		t.Helper()
		p := exampletest.Start(t, "join", "-connect", addr, "-name", name)
		if got := p.Next(); got != fmt.Sprintf("* %d here", here) {
			t.Errorf("%s is told %q", name, got)
		}
		return p
	}
	ann := join("ann", 1)
	bob := join("bob", 2)
	if got := ann.Next(); got != "* bob has joined" {
		t.Errorf("ann is told %q", got)
	}
	ann.Say("good morning")
	if got := bob.Next(); got != "ann: good morning" {
		t.Errorf("bob is told %q", got)
	}
	bob.Say("same to you")
	if got := ann.Next(); got != "bob: same to you" {
		t.Errorf("ann is told %q", got)
	}
	bob.CloseInput()
	bob.Ends(0)
	if got := ann.Next(); got != "* bob has left" {
		t.Errorf("ann is told %q", got)
	}
	server.Until("bob has left")
	eve := join("eve", 2)
	eve.Interrupt()
	eve.Ends(0)
	server.Until("eve has left")
	server.Interrupt()
	server.Ends(0)
	ann.Ends(1)
	if said := ann.Errors(); !strings.Contains(said, "the server has ended") {
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
	if err := conn.SetDeadline(time.Now().Add(exampletest.Patience)); err != nil {
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
	server := exampletest.Start(t, "serve", "-listen", "127.0.0.1:0")
	addr := server.Address()
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
	server.Interrupt()
	server.Ends(0)
}

// TestChatLimits has clients that go too far: a line without an end, and
// nothing read although others speak. They are removed, and the rest go on.
func TestChatLimits(t *testing.T) {
	server := exampletest.Start(t, "serve", "-listen", "127.0.0.1:0")
	addr := server.Address()
	ann := visit(t, addr, "ann")
	long := visit(t, addr, "long")
	long.say(t, strings.Repeat("x", 10000))
	server.Until("long was removed: a line is too long")
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
	server.Interrupt()
	server.Ends(0)
}

func TestChatMistakes(t *testing.T) {
	exampletest.Fails(t, 2, "say serve or join")
	exampletest.Fails(t, 2, `"sing" is neither`, "sing")
	exampletest.Fails(t, 2, "missing port", "serve", "-listen", "")
	exampletest.Fails(t, 1, "ConnectionRefusedError", "join", "-connect", exampletest.Refused(t))
	exampletest.Usage(t, nil, "serve", "join")
	exampletest.Usage(t, []string{"serve"}, "-listen")
	exampletest.Usage(t, []string{"join"}, "-connect", "-name", "-timeout")
}

// TestChatCrowded has more clients than the server has descriptors.
func TestChatCrowded(t *testing.T) {
	exampletest.Crowded(t, func(addr string) { visit(t, addr, "late") }, "serve", "-listen", "127.0.0.1:0")
}
