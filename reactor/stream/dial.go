package stream

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// ErrTooManyDials says that Config.MaxDials dials are under way.
var ErrTooManyDials = errors.New("stream: too many dials under way")

// ErrDialTimeout says that a dial has had its time. It is a net.Error and
// an os.ErrDeadlineExceeded.
var ErrDialTimeout error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string   { return "stream: dial timed out" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }
func (timeoutError) Unwrap() error   { return os.ErrDeadlineExceeded }

// DialOptions are what may be said of one dial. The zero value is the
// configuration's way.
type DialOptions struct {
	// Handler and Filter stand in for both of Config's, unless Handler is nil.
	Handler func(c *Conn) Handler
	Filter  func(c *Conn) Filter
	// Near has the new connection on the loop of this one, so that the two can
	// use each other without more ado. nil means that the loops take turns.
	Near *Conn
	// Local is the address to bind to: an IP address, with a port or without,
	// or a Unix path. Addresses of another family are not tried.
	Local string
	// Timeout is for all of the dial; 0 means Config.DialTimeout.
	Timeout time.Duration
}

// Dial connects to an address and returns the connection when its handler's
// Open has been called. When it fails, no handler hears of it. The networks are
// "tcp", "tcp4", "tcp6" and "unix", addresses are those of net.Dial; an
// empty host is this one.
//
// A name is looked up on a goroutine, and its addresses are tried as RFC 8305
// (Happy Eyeballs) says: in the resolver's order, the families taking turns,
// each when the one before has failed or has not answered for 250 ms. The first
// to answer wins. A TCP connection to itself, which Linux makes when nobody
// listens at a port that it gives to us, counts as refused. A Unix socket whose
// backlog is full is EAGAIN.
//
// It ends with the context's error when the context ends, with
// [ErrDialTimeout], [ErrClosed], [ErrTooManyDials], the error of the look-up,
// or the errors of all attempts, each an [*Error]. Any goroutine, but not on
// a loop: it waits.
func (h *hub) Dial(ctx context.Context, network, address string) (*Conn, error) {
	return h.DialWith(ctx, network, address, DialOptions{})
}

// DialWith is Dial with options. Any goroutine, but not on a loop.
func (h *hub) DialWith(ctx context.Context, network, address string, opts DialOptions) (*Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type result struct {
		c   *Conn
		err error
	}
	results := make(chan result, 1)
	d, err := h.dial(network, address, opts, func(c *Conn, err error) { results <- result{c, err} })
	if err != nil {
		return nil, err
	}
	select {
	case r := <-results:
		return r.c, r.err
	case <-ctx.Done():
		d.stop(ctx.Err())
	case <-d.loop.Done():
		d.stop(reactor.ErrClosed)
	}
	r := <-results
	return r.c, r.err
}

// DialAsync begins what Dial does and returns at once: for loops and
// everybody else. When it has connected, the new handler's Open is called. When
// it fails, a handler is made as well, and only its Close is called, with the
// error and a Conn that is closed. An error returned here is all there is: no
// handler is made. Any goroutine.
func (h *hub) DialAsync(network, address string, opts DialOptions) (*Dialing, error) {
	return h.dial(network, address, opts, nil)
}

// Dialing is a dial under way.
type Dialing struct {
	hub    *hub
	loop   *loop
	opts   DialOptions
	goal   goal
	cancel context.CancelFunc       // of the look-up
	done   func(c *Conn, err error) // nil for DialAsync

	// mu is held by whoever works on the fields below and calls back: the loop
	// or, after its end, whoever finishes what it left.
	mu    sync.Mutex
	over  bool
	limit *reactor.Timer
	race  race
}

// Cancel ends the dial, unless that has an end already: the handler's Close
// gets context.Canceled. Any goroutine.
func (d *Dialing) Cancel() { d.stop(context.Canceled) }

func (d *Dialing) stop(err error) { d.do(func() { d.end(err) }) }

// do has fn called on the loop, or after the loop's end, unless the dial is
// over by then.
func (d *Dialing) do(fn func()) {
	locked := func() { d.locked(fn) }
	if d.loop.post(locked) {
		return
	}
	go func() { // nobody waits here: a last task of the loop may have called
		<-d.loop.Done()
		locked()
	}()
}

func (d *Dialing) locked(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.over {
		fn()
	}
}

// dial begins a dial.
func (h *hub) dial(network, address string, opts DialOptions, done func(*Conn, error)) (*Dialing, error) {
	g, err := newGoal(network, address, opts.Local)
	if err != nil {
		return nil, err
	}
	if opts.Handler == nil {
		opts.Handler, opts.Filter = h.config.Handler, h.config.Filter
	}
	if opts.Handler == nil {
		return nil, errors.New("stream: a dial needs Config.Handler or DialOptions.Handler")
	}
	if opts.Timeout <= 0 {
		opts.Timeout = h.config.DialTimeout
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &Dialing{hub: h, opts: opts, goal: g, cancel: cancel, done: done}
	d.mu.Lock() // Close may find the dial from the moment that it is remembered
	defer d.mu.Unlock()
	if d.loop, err = h.loopNear(opts.Near); err == nil {
		err = h.rememberDial(d)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	d.limit = d.loop.After(opts.Timeout, func() { d.locked(func() { d.end(ErrDialTimeout) }) })
	if g.host == "" {
		d.do(func() { d.begin(g.known, nil) })
	} else {
		go d.resolve(ctx)
	}
	return d, nil
}

// loopNear returns the loop of a connection, or the next one.
func (h *hub) loopNear(c *Conn) (*loop, error) {
	if c == nil {
		return h.loops[h.group.Next().Index()], nil
	}
	l := h.loops[c.loop.Index()%len(h.loops)]
	if l.Loop != c.loop.Loop {
		return nil, errors.New("stream: DialOptions.Near is a connection of another group")
	}
	return l, nil
}

// resolve looks the name up and goes on with what it finds.
func (d *Dialing) resolve(ctx context.Context) {
	var all []sys.Sockaddr
	err := d.hub.lookUp(ctx, func() (err error) {
		all, err = d.goal.find(ctx, d.hub.config.Resolve)
		return err
	})
	d.do(func() { d.begin(all, err) })
}

// lookUp calls ask when it is its turn: each look-up may cost a thread.
func (h *hub) lookUp(ctx context.Context, ask func() error) error {
	select {
	case h.lookups <- struct{}{}:
		defer func() { <-h.lookups }()
		return ask()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hub) rememberDial(d *Dialing) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return ErrClosed
	case h.dialing >= h.config.MaxDials:
		return ErrTooManyDials
	}
	h.dialing++
	h.dials[d] = struct{}{}
	return nil
}

func (h *hub) forgetDial(d *Dialing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.dials, d)
	h.checkEmpty()
}

// finish makes the dial be over, so that another may begin, and returns what
// undoes its registration: the hub is not empty until the handler has heard.
func (d *Dialing) finish() (forget func()) {
	d.over = true
	d.hub.mu.Lock()
	d.hub.dialing--
	d.hub.mu.Unlock()
	d.cancel()
	d.limit.Stop()
	d.race.end()
	return func() { d.hub.forgetDial(d) }
}

// end ends a dial that has failed.
func (d *Dialing) end(err error) {
	defer d.finish()()
	d.hub.counts.undialed.Add(1)
	if d.done != nil {
		d.done(nil, err)
		return
	}
	c := d.hub.newConn(d.loop, d.loop.ClosedHandle(kindOf(d.goal.family)), -1)
	c.phase = phaseClosed
	c.closeAsyncs()
	if handler := d.opts.Handler(c); handler != nil { // it may refuse what there is not
		handler.Close(c, err)
	}
}

// connected makes a connection of the attempt that has won.
func (d *Dialing) connected(a *attempt) {
	c := d.hub.newConn(d.loop, a.handle, a.fd)
	if !d.hub.remember(c, ticket{}) {
		_ = a.handle.Close()
		d.end(ErrClosed)
		return
	}
	defer d.finish()()
	d.hub.counts.dialed.Add(1)
	if err := a.handle.SetHandler((*turns)(c)); err != nil {
		c.fail(err)
	}
	c.startWith(d.opts.Handler, d.opts.Filter)
	c.settle()
	if d.done != nil {
		d.done(c, nil)
	}
}
