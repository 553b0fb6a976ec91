package tlsbridge

import (
	"sync"
	"sync/atomic"

	"github.com/pollux-net/pollux/reactor/stream"
)

// Reloader replaces a server's context while it serves: new connections take
// the new one, for another certificate for example, and those that are open
// keep theirs. Sessions of the old context are not resumed by the new one.
// Any goroutine may call its methods.
type Reloader struct {
	load    func() (*Context, error)
	config  FilterConfig
	loading sync.Mutex
	current atomic.Pointer[loaded]
}

// loaded is what a new connection takes.
type loaded struct {
	context *Context
	filter  func(*stream.Conn) stream.Filter
}

// NewReloader makes a reloader and loads the first context. load makes one
// from what is to be used now, files for example.
func NewReloader(config FilterConfig, load func() (*Context, error)) (*Reloader, error) {
	r := &Reloader{load: load, config: config}
	if err := r.Reload(); err != nil {
		return nil, err
	}
	return r, nil
}

// Reload loads a context. If that fails, or if a filter of it could not serve,
// the one before stays.
func (r *Reloader) Reload() error {
	r.loading.Lock() // the latest load is the one that stays
	defer r.loading.Unlock()
	c, err := r.load()
	if err != nil {
		return err
	}
	if err := c.checkFilter(r.config); err != nil {
		return err
	}
	r.current.Store(&loaded{c, c.FilterWith(r.config)})
	return nil
}

// Context returns the context that new connections take.
func (r *Reloader) Context() *Context { return r.current.Load().context }

// Filter returns a stream filter that speaks TLS as the latest context says:
// for stream.Config.Filter.
func (r *Reloader) Filter() func(*stream.Conn) stream.Filter {
	return func(c *stream.Conn) stream.Filter { return r.current.Load().filter(c) }
}
