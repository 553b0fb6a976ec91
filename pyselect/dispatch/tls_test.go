package dispatch_test

import (
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/pyselect/dispatch"
	"github.com/pollux-net/pollux/tlsbridge"
)

// tlsContexts makes contexts of both sides that trust each other.
func tlsContexts(t *testing.T) (client, server *tlsbridge.Context) {
	t.Helper()
	ca, err := certs.NewAuthority(certs.Options{})
	must(t, err)
	leaf, err := ca.Issue(certs.Leaf{Names: []string{"server.test"}, Usage: certs.Server})
	must(t, err)
	server, err = tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_SERVER)
	must(t, err)
	server.AddCertificate(leaf.TLS())
	client, err = tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_CLIENT)
	must(t, err)
	must(t, client.LoadVerifyData(ca.PEM()))
	return client, server
}

// echoer is the example of the package's documentation.
type echoer struct{ dispatch.DispatcherWithSend }

func (e *echoer) HandleRead() error {
	p, err := e.Recv(8192)
	if err != nil || len(p) == 0 {
		return err
	}
	_, err = e.Send(p)
	return err
}

// TestTLSEcho calls HandleRead when the handshake wants more and when nothing
// is there, which does not end the channel.
func TestTLSEcho(t *testing.T) {
	client, server := tlsContexts(t)
	m := newMap(t)
	a, b, err := fdsock.SocketPair()
	must(t, err)
	defer a.Close()
	wrapped, err := server.Wrap(b, tlsbridge.Options{})
	must(t, err)
	e := &echoer{}
	e.Init(e, m)
	must(t, e.AttachTLS(wrapped))
	must(t, e.HandleRead()) // SSLWantReadError of the handshake
	tls, err := client.Wrap(a, tlsbridge.Options{ServerHostname: "server.test"})
	must(t, err)
	defer tls.Close()
	result := make(chan string, 1)
	go func() {
		if err := tls.SendAll([]byte("spam")); err != nil {
			result <- err.Error()
			return
		}
		p, err := tls.Recv(10)
		if err != nil {
			p = []byte(err.Error())
		}
		result <- string(p)
	}()
	for answered := false; !answered; {
		must(t, dispatch.Loop(turn, true, m, 1))
		select {
		case got := <-result:
			if answered = true; got != "spam" {
				t.Errorf("the answer is %q", got)
			}
		default:
		}
	}
	must(t, e.HandleRead()) // nothing is there
	if m.Len() != 1 || !e.Connected() {
		t.Error("the channel has closed")
	}
}

// secureChat is a chat that answers each line.
type secureChat struct {
	chat
	answer bool
}

func (s *secureChat) FoundTerminator() error {
	line := s.buffer
	must := s.chat.FoundTerminator()
	if s.answer {
		return s.Push([]byte(strings.ToUpper(line) + "\n"))
	}
	return must
}

// TestTLS has two chats talk TLS: the handshake is made by their transfers, and
// more is sent at once than the kernel takes.
func TestTLS(t *testing.T) {
	client, server := tlsContexts(t)
	for name, usePoll := range map[string]bool{"Select": false, "Poll": true} {
		t.Run(name, func(t *testing.T) {
			w := &world{usePoll: usePoll, m: newMap(t)}
			a, b, err := fdsock.SocketPair()
			must(t, err)
			ours, theirs := &secureChat{}, &secureChat{answer: true}
			ours.Init(ours, w.m)
			theirs.Init(theirs, w.m)
			wrapped, err := client.Wrap(a, tlsbridge.Options{ServerHostname: "server.test"})
			must(t, err)
			must(t, ours.AttachTLS(wrapped))
			wrapped, err = server.Wrap(b, tlsbridge.Options{})
			must(t, err)
			must(t, theirs.AttachTLS(wrapped))
			ours.SetTerminator([]byte("\n"))
			theirs.SetTerminator([]byte("\n"))
			long := strings.Repeat("it's only a model ", 50000)
			must(t, ours.Push([]byte("camelot\n"+long+"\n")))
			w.until(t, "the answers", func() bool { return len(ours.contents) == 2 })
			if ours.contents[0] != "CAMELOT" || ours.contents[1] != strings.ToUpper(long) {
				t.Errorf("%q, and %d bytes", ours.contents[0], len(ours.contents[1]))
			}
			if len(ours.failures)+len(theirs.failures) > 0 || ours.Socket() != a {
				t.Error(ours.failures, theirs.failures)
			}
			must(t, ours.Close())
			for w.m.Len() > 0 {
				must(t, dispatch.Loop(turn, usePoll, w.m, 1))
			}
			if len(theirs.failures) > 0 {
				t.Error(theirs.failures)
			}
		})
	}
}
