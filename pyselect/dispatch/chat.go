package dispatch

import (
	"bytes"

	"github.com/pollux-net/pollux/pyselect"
)

// ChatHandler is what an [AsyncChat] is embedded in: the two methods that it
// has no default for, besides those of a [Handler].
type ChatHandler interface {
	Handler
	// CollectIncomingData is given input that is before the terminator; it may
	// keep data.
	CollectIncomingData(data []byte) error
	// FoundTerminator is called when the terminator has come.
	FoundTerminator() error
}

// AsyncChat is a [Dispatcher] for protocols of requests that end in a
// terminator: asynchat's async_chat. Init makes it ready.
type AsyncChat struct {
	Dispatcher

	// InBufferSize and OutBufferSize are how many bytes are received and sent
	// at once, 65536 if Init's are not changed: ac_in_buffer_size and
	// ac_out_buffer_size.
	InBufferSize, OutBufferSize int

	chat     ChatHandler
	in       []byte // received, and not yet collected
	incoming []byte // what CollectData was given

	terminator []byte
	count      int // if it has no terminator

	out   outgoing
	limit int // 0 is DefaultLimit
}

// Init tells the channel whom it is embedded in and which map it goes into
// once it has a socket.
func (c *AsyncChat) Init(self ChatHandler, m *Map) {
	*c = AsyncChat{chat: self, InBufferSize: chunk, OutBufferSize: chunk}
	c.Dispatcher.Init(self, m)
}

// SetTerminator has the input end at a string of bytes, of which the channel
// keeps a copy. None, or an empty one: everything is collected as it comes.
func (c *AsyncChat) SetTerminator(term []byte) { c.terminator, c.count = bytes.Clone(term), 0 }

// SetTerminatorLen has the input end after n bytes; 0 is none. A negative
// number is a [*pyselect.ValueError].
func (c *AsyncChat) SetTerminatorLen(n int) error {
	if n < 0 {
		return &pyselect.ValueError{Text: "the number of received bytes must be positive"}
	}
	c.terminator, c.count = nil, n
	return nil
}

// Terminator returns the terminator: a string of bytes, or how many are left
// to be received. Neither is none, as it is after that many have come.
func (c *AsyncChat) Terminator() (term []byte, n int) { return c.terminator, c.count }

// CollectData keeps input until GetData: a CollectIncomingData for those who
// want no other. [ErrTooMuch] if it is more than the limit.
func (c *AsyncChat) CollectData(data []byte) error {
	if len(data) > limitOr(c.limit)-len(c.incoming) {
		return ErrTooMuch
	}
	c.incoming = append(c.incoming, data...)
	return nil
}

// GetData returns what CollectData has kept, and forgets it.
func (c *AsyncChat) GetData() []byte {
	data := c.incoming
	c.incoming = nil
	return data
}

// DiscardBuffers forgets all input and output that waits.
func (c *AsyncChat) DiscardBuffers() {
	c.in, c.incoming = nil, nil
	c.out.discard()
}

// SetLimit changes how many bytes of output, and of input in CollectData, are
// kept at most, at first [DefaultLimit].
func (c *AsyncChat) SetLimit(n int) { c.limit = n }

// Readable is true.
func (c *AsyncChat) Readable() bool { return true }

// Writable reports whether there is something to be sent, or a connection to
// be made.
func (c *AsyncChat) Writable() bool { return len(c.out.items) > 0 || !c.Connected() }

// HandleClose closes the channel.
func (c *AsyncChat) HandleClose() error { return c.me().Close() }

// HandleWrite sends what waits.
func (c *AsyncChat) HandleWrite() error { return c.InitiateSend() }
