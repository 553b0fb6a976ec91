package aio

import (
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/pyselect/selectors"
)

// watch is a descriptor and who waits for it.
type watch struct {
	object         pyselect.Object
	reader, writer *Handle
}

// of returns where the handle for an event is.
func (w *watch) of(event int) **Handle {
	if event == selectors.EVENT_READ {
		return &w.reader
	}
	return &w.writer
}

// events are those that somebody waits for.
func (w *watch) events() (events int) {
	if w.reader != nil {
		events |= selectors.EVENT_READ
	}
	if w.writer != nil {
		events |= selectors.EVENT_WRITE
	}
	return events
}

// AddReader has f called whenever the object can be read, instead of an earlier
// reader, which is cancelled. Take it out before the object is closed. It fails
// as [selectors.Selector]'s Register does, with [ErrClosed], and with a
// [*pyselect.TypeError] if f is nil.
func (l *Loop) AddReader(o pyselect.Object, f Callback) error {
	return l.addCallback("AddReader", o, selectors.EVENT_READ, f)
}

// RemoveReader takes the reader out; false if there was none.
func (l *Loop) RemoveReader(o pyselect.Object) bool {
	return l.remove(o, selectors.EVENT_READ)
}

// AddWriter is AddReader for when the object can be written to.
func (l *Loop) AddWriter(o pyselect.Object, f Callback) error {
	return l.addCallback("AddWriter", o, selectors.EVENT_WRITE, f)
}

func (l *Loop) addCallback(op string, o pyselect.Object, event int, f Callback) error {
	if f == nil {
		return noCallback(op)
	}
	return l.add(o, event, &Handle{loop: l, call: f}, false)
}

// RemoveWriter takes the writer out; false if there was none.
func (l *Loop) RemoveWriter(o pyselect.Object) bool {
	return l.remove(o, selectors.EVENT_WRITE)
}

// add watches an object for an event; [ErrBusy] if somebody else does, and is to
// stay.
func (l *Loop) add(o pyselect.Object, event int, h *Handle, polite bool) error {
	gone, err := l.exchange(o, event, h, polite)
	for _, old := range gone {
		old.drop(ErrCancelled)
	}
	return err
}

// exchange returns whom nobody will call any more.
func (l *Loop) exchange(o pyselect.Object, event int, h *Handle, polite bool) (gone []*Handle, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, ErrClosed
	case o == nil:
		return nil, &pyselect.TypeError{Text: "argument must be an int, or have a fileno() method."}
	}
	fd := o.Fileno()
	w := l.watched[fd]
	if w != nil && w.object.Fileno() != fd { // it was closed, and the number is another's
		delete(l.watched, fd)
		_, _ = l.selector.Unregister(pyselect.FD(fd))
		gone = w.orphan()
		w = nil
	}
	if w == nil {
		w = &watch{object: o}
		*w.of(event) = h
		if _, err := l.selector.Register(o, event, w); err != nil {
			return gone, err
		}
		l.watched[fd] = w
		return gone, nil
	}
	old := *w.of(event)
	if old != nil && polite {
		return nil, ErrBusy
	}
	if old != nil {
		old.cancelled = true
		gone = append(gone, old)
	}
	*w.of(event) = h
	key, err := l.selector.Modify(o, w.events(), w)
	if err != nil { // nobody waits for it any more
		*w.of(event) = nil
		delete(l.watched, fd)
		return append(gone, w.orphan()...), err
	}
	w.object = key.Fileobj // a TLS socket perhaps, in place of the plain one
	return gone, nil
}

// orphan cancels who waited for an object that is not watched any more; call
// with mu held.
func (w *watch) orphan() (gone []*Handle) {
	for _, h := range []*Handle{w.reader, w.writer} {
		if h != nil {
			h.cancelled = true
			gone = append(gone, h)
		}
	}
	return gone
}

// remove takes out whoever waits for an event of the object, which may be
// closed by now.
func (l *Loop) remove(o pyselect.Object, event int) bool {
	l.mu.Lock()
	key, err := l.selector.GetKey(o)
	w := l.watched[key.FD]
	if err != nil || w == nil || *w.of(event) == nil {
		l.mu.Unlock()
		return false
	}
	h := *w.of(event)
	l.takeOut(key.FD, w, event)
	l.mu.Unlock()
	h.drop(ErrCancelled)
	return true
}

// forget is remove for a handle that may have been taken out already.
func (l *Loop) forget(fd, event int, h *Handle) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := l.watched[fd]; w != nil && *w.of(event) == h {
		l.takeOut(fd, w, event)
	}
}

// takeOut ends watching for an event; call with mu held. That the kernel no
// longer knows the descriptor is no error: it may have been closed.
func (l *Loop) takeOut(fd int, w *watch, event int) {
	(*w.of(event)).cancelled = true
	*w.of(event) = nil
	if left := w.events(); left != 0 {
		_, _ = l.selector.Modify(w.object, left, w)
		return
	}
	delete(l.watched, fd)
	_, _ = l.selector.Unregister(pyselect.FD(fd))
}

// drop tells whoever waits by the handle, if there is one, that it waits in
// vain. Call without mu.
func (h *Handle) drop(cause error) {
	if h != nil && h.dropped != nil {
		h.dropped(cause)
	}
}
