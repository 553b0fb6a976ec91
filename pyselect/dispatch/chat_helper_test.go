package dispatch_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

// chat is a channel that notes its messages.
type chat struct {
	dispatch.AsyncChat
	contents []string
	buffer   string
	failures []error
	found    func() error // nil to go on
}

func (c *chat) HandleConnect() error { return nil }

func (c *chat) CollectIncomingData(data []byte) error {
	if len(data) == 0 {
		return errors.New("an empty piece")
	}
	c.buffer += string(data)
	return nil
}

func (c *chat) FoundTerminator() error {
	c.contents = append(c.contents, c.buffer)
	c.buffer = ""
	if c.found != nil {
		return c.found()
	}
	return nil
}

func (c *chat) HandleError(err error) error {
	c.failures = append(c.failures, err)
	return c.HandleClose()
}

// conversation is a chat and its peer, which is a bare socket.
type conversation struct {
	*world
	*chat
	peer *fdsock.Socket
}

// talk connects a chat over TCP, and runs a test with each way to wait.
func talk(t *testing.T, test func(t *testing.T, c *conversation)) {
	t.Helper()
	for name, usePoll := range map[string]bool{"Select": false, "Poll": true} {
		t.Run(name, func(t *testing.T) {
			w := &world{fdsock.AF_INET, usePoll, newMap(t)}
			l, err := fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{})
			must(t, err)
			defer l.Close()
			addr, err := l.GetSockName()
			must(t, err)
			c := &chat{}
			c.Init(c, w.m)
			must(t, c.CreateSocket(fdsock.AF_INET, fdsock.SOCK_STREAM))
			must(t, c.Connect(addr))
			peer, _, err := l.Accept()
			must(t, err)
			defer peer.Close()
			must(t, peer.SetSockOpt(fdsock.IPPROTO_TCP, fdsock.TCP_NODELAY, 1))
			test(t, &conversation{w, c, peer})
		})
	}
}

// feed sends a text in pieces, each of which the chat gets by itself.
func (c *conversation) feed(t *testing.T, text string, size int) {
	t.Helper()
	for piece := range slices.Chunk([]byte(text), size) {
		_, err := c.peer.Send(piece)
		must(t, err)
		must(t, dispatch.Loop(patience, c.usePoll, c.m, 1))
	}
}

// hears receives what the peer is sent, until it is that much.
func (c *conversation) hears(t *testing.T, want string) {
	t.Helper()
	got := ""
	c.until(t, "the peer hears", func() bool {
		p, err := c.peer.Recv(64<<10, fdsock.MSG_DONTWAIT)
		if err != nil && !fdsock.BlockingIOError(err) {
			t.Fatal(err)
		}
		got += string(p)
		return len(got) >= len(want)
	})
	if got != want {
		t.Fatalf("the peer heard %q", got)
	}
}

func (c *conversation) wants(t *testing.T, buffer string, contents ...string) {
	t.Helper()
	if !slices.Equal(c.contents, contents) || c.buffer != buffer || len(c.failures) > 0 {
		t.Fatalf("got %q and %q, failures %v", c.contents, c.buffer, c.failures)
	}
}

// quiet has the chat wait for nothing to be sent, so that each turn reads.
func (c *conversation) quiet(t *testing.T) {
	t.Helper()
	c.until(t, "the connection", func() bool { return c.Connected() && !c.Writable() })
}
