package dispatch_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/dispatch"
)

// TestLineTerminator gets terminators of one to three bytes in pieces of one to
// three bytes, and what is cut at its prefix.
//
//inventory:row test_asynchat.TestAsynchat.test_line_terminator1
//inventory:row test_asynchat.TestAsynchat.test_line_terminator2
//inventory:row test_asynchat.TestAsynchat.test_line_terminator3
func TestLineTerminator(t *testing.T) {
	for _, term := range []string{"\n", "\r\n", "qqq"} {
		talk(t, func(t *testing.T, c *conversation) {
			c.quiet(t)
			for size := 1; size <= 3; size++ {
				c.contents = nil
				c.SetTerminator([]byte(term))
				c.feed(t, "hello world"+term+"I'm not dead yet!"+term, size)
				c.wants(t, "", "hello world", "I'm not dead yet!")
			}
			if got, n := c.Terminator(); string(got) != term || n != 0 {
				t.Errorf("%q, %d", got, n)
			}
			if len(term) > 1 {
				c.contents = nil
				c.feed(t, "a"+term[:1]+"b"+term, 1)
				c.wants(t, "", "a"+term[:1]+"b")
			}
		})
	}
}

//inventory:row test_asynchat.TestAsynchat.test_numeric_terminator1
//inventory:row test_asynchat.TestAsynchat.test_numeric_terminator2
func TestNumericTerminator(t *testing.T) {
	const data = "hello world, I'm not dead yet!\n"
	for _, length := range []int{1, 6} {
		for _, size := range []int{1, 4, 100} {
			talk(t, func(t *testing.T, c *conversation) {
				must(t, c.SetTerminatorLen(length))
				c.quiet(t)
				c.feed(t, data, size)
				c.wants(t, data[length:], data[:length]) // what follows has no terminator
				if term, n := c.Terminator(); term != nil || n != 0 {
					t.Errorf("%q, %d", term, n)
				}
			})
		}
	}
}

//inventory:row test_asynchat.TestAsynchat.test_none_terminator
func TestNoneTerminator(t *testing.T) {
	talk(t, func(t *testing.T, c *conversation) {
		c.SetTerminator([]byte("\n"))
		c.SetTerminator(nil)
		c.quiet(t)
		c.feed(t, "hello world, I'm not dead yet!\n", 5)
		c.wants(t, "hello world, I'm not dead yet!\n")
	})
}

// TestTerminatorChanges in FoundTerminator, which counts for what has come
// already: a head, its length, a body.
func TestTerminatorChanges(t *testing.T) {
	talk(t, func(t *testing.T, c *conversation) {
		c.SetTerminator([]byte("\r\n\r\n"))
		c.found = func() error {
			if len(c.contents)%2 == 1 {
				return c.SetTerminatorLen(len("body"))
			}
			c.SetTerminator([]byte("\r\n\r\n"))
			return nil
		}
		c.quiet(t)
		for _, size := range []int{1, 3, 1000} {
			c.contents = nil
			c.feed(t, "GET\r\n\r\nbodyPUT\r\nX: 1\r\n\r\nBODY", size)
			c.wants(t, "", "GET", "body", "PUT\r\nX: 1", "BODY")
		}
	})
}

//inventory:row test_asynchat.TestAsynchat.test_empty_line
func TestEmptyLine(t *testing.T) {
	talk(t, func(t *testing.T, c *conversation) {
		c.SetTerminator([]byte("\n"))
		c.quiet(t)
		c.feed(t, "hello world\n\nI'm not dead yet!\n", 100)
		c.wants(t, "", "hello world", "", "I'm not dead yet!")
	})
}

// TestSimpleProducer sends piece by piece, in order with what is pushed.
//
//inventory:row test_asynchat.TestAsynchat.test_simple_producer
//inventory:row test_asynchat.TestAsynchat.test_string_producer
func TestSimpleProducer(t *testing.T) {
	talk(t, func(t *testing.T, c *conversation) {
		must(t, c.Push([]byte("first ")))
		must(t, c.PushWithProducer(dispatch.NewSimpleProducer([]byte("hello world\nI'm not dead yet!\n"), 8)))
		must(t, c.PushWithProducer(dispatch.NewSimpleProducer([]byte("whole "), 0)))
		must(t, c.PushWithProducer(dispatch.NewSimpleProducer(nil, 8)))
		must(t, c.Push([]byte("last")))
		c.hears(t, "first hello world\nI'm not dead yet!\nwhole last")
	})
	p := dispatch.NewSimpleProducer(make([]byte, 20), 8)
	for _, want := range []int{8, 8, 4, 0, 0} {
		if piece, err := p.More(); len(piece) != want || err != nil {
			t.Error(len(piece), err)
		}
	}
}

// broken is a producer that fails.
type broken struct{}

func (broken) More() ([]byte, error) { return nil, errSpam }

// TestProducerFails tells HandleError.
func TestProducerFails(t *testing.T) {
	talk(t, func(t *testing.T, c *conversation) {
		must(t, c.PushWithProducer(broken{}))
		for c.m.Len() > 0 {
			must(t, dispatch.Loop(turn, c.usePoll, c.m, 1))
		}
		if len(c.failures) != 1 || !errors.Is(c.failures[0], errSpam) {
			t.Error(c.failures)
		}
	})
}

// TestPush sends copies of what it is given, and pieces of OutBufferSize.
//
//inventory:row test_asynchat.TestAsynchat.test_push
func TestPush(t *testing.T) {
	talk(t, func(t *testing.T, c *conversation) {
		c.OutBufferSize = 7
		data := []byte("bytes\n")
		must(t, c.Push(data))
		must(t, c.Push(nil))
		copy(data, "spam!!")
		long := strings.Repeat("0123456789", 100)
		must(t, c.Push([]byte(long)))
		c.hears(t, "bytes\n"+long)
		longest := 0
		restore := sys.SetHook(func(call sys.Call) sys.Fault {
			if call.Op == sys.OpSend {
				longest = max(longest, call.Len)
			}
			return sys.Fault{Max: 2} // and the kernel takes only a part
		})
		must(t, c.Push([]byte(long)))
		c.hears(t, long)
		restore()
		if longest != 7 {
			t.Error("sent", longest, "bytes at once")
		}
	})
}

// TestCloseWhenDone sends everything first.
//
//inventory:row test_asynchat.TestAsynchat.test_close_when_done
func TestCloseWhenDone(t *testing.T) {
	talk(t, func(t *testing.T, c *conversation) {
		must(t, c.Push([]byte("hello world\n")))
		must(t, c.Push([]byte("QUIT\n")))
		must(t, c.CloseWhenDone())
		for c.m.Len() > 0 {
			must(t, dispatch.Loop(turn, c.usePoll, c.m, 1))
		}
		var got []byte
		for {
			p, err := c.peer.Recv(100)
			must(t, err)
			if len(p) == 0 {
				break
			}
			got = append(got, p...)
		}
		if string(got) != "hello world\nQUIT\n" {
			t.Errorf("%q", got)
		}
		c.wants(t, "")
	})
}

// TestPushLimit refuses what would be too much, items without data included;
// the end can be asked for nevertheless.
func TestPushLimit(t *testing.T) {
	c := &chat{}
	c.Init(c, newMap(t))
	c.SetLimit(10000)
	must(t, c.Push(make([]byte, 9000)))
	if err := c.Push(make([]byte, 2000)); !errors.Is(err, dispatch.ErrTooMuch) {
		t.Error(err)
	}
	n := 0
	for ; c.PushWithProducer(broken{}) == nil; n++ {
		if n > 100 {
			t.Fatal("there is no limit")
		}
	}
	must(t, c.CloseWhenDone())
	c.DiscardBuffers()
	must(t, c.Push(make([]byte, 9000)))
	must(t, c.CollectData(make([]byte, 9000)))
	if err := c.CollectData(make([]byte, 2000)); !errors.Is(err, dispatch.ErrTooMuch) {
		t.Error(err)
	}
	if got := c.GetData(); len(got) != 9000 || len(c.GetData()) != 0 {
		t.Error(len(got))
	}
}

// TestBlockingIOError is no error of HandleRead; another one is.
//
//inventory:row test_asynchat.TestAsynchatMocked.test_blockingioerror
func TestBlockingIOError(t *testing.T) {
	a, b, err := fdsock.SocketPair()
	must(t, err)
	defer b.Close()
	c := &chat{}
	c.Init(c, newMap(t))
	must(t, c.Attach(a))
	must(t, c.HandleRead())
	if len(c.failures) != 0 {
		t.Error(c.failures)
	}
	defer sys.SetHook(func(call sys.Call) sys.Fault {
		if call.Op == sys.OpRecv {
			return sys.Fault{Errno: sys.ENOBUFS}
		}
		return sys.Fault{}
	})()
	must(t, c.HandleRead())
	if len(c.failures) != 1 || !errors.Is(c.failures[0], unix.ENOBUFS) {
		t.Error(c.failures)
	}
}

// TestSendFails tells HandleError; the end of the connection closes.
func TestSendFails(t *testing.T) {
	for errno, failures := range map[sys.Errno]int{sys.ENOBUFS: 1, sys.EPIPE: 0} {
		a, b, err := fdsock.SocketPair()
		must(t, err)
		m := newMap(t)
		c := &chat{}
		c.Init(c, m)
		must(t, c.Attach(a))
		restore := sys.SetHook(func(call sys.Call) sys.Fault {
			if call.Op == sys.OpSend {
				return sys.Fault{Errno: errno}
			}
			return sys.Fault{}
		})
		must(t, c.Push([]byte("x")))
		restore()
		if len(c.failures) != failures || m.Len() != 0 {
			t.Error(errno, c.failures, m.Len())
		}
		must(t, b.Close())
	}
}

//inventory:row test_asynchat.TestHelperFunctions.test_find_prefix_at_end
func TestFindPrefixAtEnd(t *testing.T) {
	for _, c := range []struct {
		haystack, needle string
		want             int
	}{{"qwerty\r", "\r\n", 1}, {"qwertydkjf", "\r\n", 0}, {"aab", "aabaabc", 3}, {"", "ab", 0}, {"a", "", 0}} {
		if got := dispatch.FindPrefixAtEnd([]byte(c.haystack), []byte(c.needle)); got != c.want {
			t.Errorf("%q in %q: %d", c.needle, c.haystack, got)
		}
	}
}

//inventory:row test_asynchat.TestNotConnected.test_disallow_negative_terminator
func TestNegativeTerminator(t *testing.T) {
	c := &chat{}
	c.Init(c, newMap(t))
	var value *pyselect.ValueError
	if err := c.SetTerminatorLen(-1); !errors.As(err, &value) {
		t.Error(err)
	}
}

// TestCollectedStays: what CollectIncomingData has kept does not change.
func TestCollectedStays(t *testing.T) {
	talk(t, func(t *testing.T, c *conversation) {
		k := &keeper{}
		k.Init(k, c.m)
		a, b, err := fdsock.SocketPair()
		must(t, err)
		defer b.Close()
		must(t, k.Attach(a))
		k.SetTerminator([]byte("--"))
		var want [][]byte
		for i := range 50 {
			piece := bytes.Repeat([]byte{byte('a' + i%26)}, i+1)
			_, err := b.Send(append(bytes.Clone(piece), "-"...))
			must(t, err)
			must(t, k.HandleRead())
			_, err = b.Send([]byte("-"))
			must(t, err)
			must(t, k.HandleRead())
			want = append(want, piece)
		}
		if !slices.EqualFunc(k.kept, want, bytes.Equal) {
			t.Errorf("%q", k.kept)
		}
	})
}

type keeper struct {
	dispatch.AsyncChat
	kept [][]byte
}

func (k *keeper) CollectIncomingData(data []byte) error { k.kept = append(k.kept, data); return nil }
func (k *keeper) FoundTerminator() error                { return nil }
