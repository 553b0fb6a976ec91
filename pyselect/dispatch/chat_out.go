package dispatch

import (
	"bytes"
	"slices"
)

// Producer makes output when there is room for it. More returns the next piece,
// which the channel owns; an empty one is the last.
type Producer interface{ More() ([]byte, error) }

// outgoing is the output that waits.
type outgoing struct {
	items   []item
	bytes   int
	removed uint64 // counts the items that were taken out
}

// item is data, a producer, before which its last piece goes, or neither: the
// channel is to be closed then.
type item struct {
	data     []byte
	producer Producer
	end      bool
}

// itemCost is what an item counts for besides its data, so that their number
// is limited, too.
const itemCost = 64

func (o *outgoing) add(limit int, it item) error {
	if len(it.data)+itemCost > limit-o.bytes {
		return ErrTooMuch
	}
	o.items = append(o.items, it)
	o.bytes += len(it.data) + itemCost
	return nil
}

func (o *outgoing) drop() {
	o.bytes -= len(o.items[0].data) + itemCost
	o.items[0] = item{}
	o.items = o.items[1:]
	o.removed++
}

// discard takes everything out.
func (o *outgoing) discard() { *o = outgoing{removed: o.removed + 1} }

// sent takes n bytes off the first item.
func (o *outgoing) sent(n int) {
	if first := &o.items[0]; n < len(first.data) || first.producer != nil {
		first.data = first.data[n:]
		o.bytes -= n
		return
	}
	o.drop()
}

// Push sends a copy of data, now and when the socket can be written to.
// [ErrTooMuch] if more than the limit would wait; nothing of data is sent then.
func (c *AsyncChat) Push(data []byte) error {
	if err := c.out.add(limitOr(c.limit), item{data: bytes.Clone(data)}); err != nil {
		return err
	}
	return c.InitiateSend()
}

// PushWithProducer sends what a producer makes, after what waits.
func (c *AsyncChat) PushWithProducer(p Producer) error {
	if err := c.out.add(limitOr(c.limit), item{producer: p}); err != nil {
		return err
	}
	return c.InitiateSend()
}

// CloseWhenDone calls HandleClose when everything that waits has been sent.
func (c *AsyncChat) CloseWhenDone() error {
	return c.out.add(limitOr(c.limit)+itemCost, item{end: true})
}

// InitiateSend makes one Send of what waits. An error of Send goes to
// HandleError.
func (c *AsyncChat) InitiateSend() error {
	c.me()
	for len(c.out.items) > 0 && c.Connected() {
		first := c.out.items[0]
		switch {
		case first.end:
			c.out.drop()
			return c.me().HandleClose()
		case len(first.data) > 0:
		case first.producer == nil:
			c.out.drop()
			continue
		default:
			if err := c.produce(first.producer); err != nil {
				return err
			}
			continue
		}
		n, err := c.Send(first.data[:min(len(first.data), max(c.OutBufferSize, 1))])
		if err != nil {
			return guard(c.me(), err)
		}
		if n > 0 && len(c.out.items) > 0 {
			c.out.sent(n)
		}
		return nil
	}
	return nil
}

// produce puts a piece before its producer, which is the first item, or takes
// the producer out. That may have sent or discarded something itself.
func (c *AsyncChat) produce(p Producer) error {
	before := c.out.removed
	data, err := p.More()
	if err != nil {
		return err
	}
	switch there := c.out.removed == before; {
	case len(data) > 0 && there:
		first := &c.out.items[0]
		first.data = append(data, first.data...)
		c.out.bytes += len(data)
	case len(data) > 0:
		c.out.items = slices.Insert(c.out.items, 0, item{data: data})
		c.out.bytes += len(data) + itemCost
	case there:
		c.out.drop()
	}
	return nil
}

// SimpleProducer makes a string of bytes piece by piece: asynchat's
// simple_producer.
type SimpleProducer struct {
	data []byte
	size int
}

// NewSimpleProducer makes pieces of size bytes, 512 if size is not positive.
// It does not copy data.
func NewSimpleProducer(data []byte, size int) *SimpleProducer {
	if size <= 0 {
		size = 512
	}
	return &SimpleProducer{data, size}
}

// More implements [Producer].
func (p *SimpleProducer) More() ([]byte, error) {
	n := min(len(p.data), p.size)
	piece := p.data[:n:n]
	p.data = p.data[n:]
	return piece, nil
}
