package dispatch

import (
	"cmp"
	"errors"
	"slices"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
)

// Map is a set of channels by descriptor, in the order in which they were
// added: asyncore's map. The zero value is empty; it must not be copied.
type Map struct {
	index   map[int]int // of records
	records []record    // those without a channel are gone
	gone    int

	poll *pyselect.Poll // for Poll2, made by the first
}

// record is a channel and what the poll object knows of it.
type record struct {
	fd      int
	channel Channel
	events  int // registered for; 0 if it is not
}

// NewMap returns an empty map.
func NewMap() *Map { return &Map{} }

// Len returns how many channels there are.
func (m *Map) Len() int { return len(m.index) }

// Get returns the channel of a descriptor, nil if there is none.
func (m *Map) Get(fd int) Channel {
	if i, there := m.index[fd]; there {
		return m.records[i].channel
	}
	return nil
}

// Set adds a channel. One that has the descriptor already is replaced.
func (m *Map) Set(fd int, c Channel) {
	if i, there := m.index[fd]; there {
		m.forget(&m.records[i])
		m.records[i].channel = c
		return
	}
	if m.index == nil {
		m.index = make(map[int]int)
	}
	m.index[fd] = len(m.records)
	m.records = append(m.records, record{fd: fd, channel: c})
}

// Delete takes a channel off the map, without closing it.
func (m *Map) Delete(fd int) {
	i, there := m.index[fd]
	if !there {
		return
	}
	m.forget(&m.records[i])
	m.records[i] = record{fd: -1}
	delete(m.index, fd)
	if m.gone++; m.gone > len(m.records)/2 {
		m.compact()
	}
}

// Channels lists the channels, in order.
func (m *Map) Channels() []Channel {
	all := make([]Channel, 0, len(m.index))
	for _, r := range m.records {
		if r.channel != nil {
			all = append(all, r.channel)
		}
	}
	return all
}

func (m *Map) compact() {
	m.records = slices.DeleteFunc(m.records, func(r record) bool { return r.channel == nil })
	m.gone = 0
	for i, r := range m.records {
		m.index[r.fd] = i
	}
}

// forget takes a record out of the poll object. That it is not there is no
// error: its descriptor may have been closed.
func (m *Map) forget(r *record) {
	if r.events != 0 {
		_ = m.poll.Unregister(pyselect.FD(r.fd))
		r.events = 0
	}
}

// register has the poll object watch a record for events, 0 for none.
func (m *Map) register(r *record, events int) error {
	switch events {
	case r.events:
		return nil
	case 0:
		m.forget(r)
		return nil
	}
	if err := m.poll.Register(pyselect.FD(r.fd), events); err != nil {
		return err
	}
	r.events = events
	return nil
}

// inOrder sorts events as Python's poll object, which is made anew for each
// turn, reports them.
func (m *Map) inOrder(events []pyselect.PollEvent) {
	slices.SortFunc(events, func(a, b pyselect.PollEvent) int {
		return cmp.Compare(m.index[a.FD], m.index[b.FD])
	})
}

// CloseAll closes every channel of the map and empties it. The first error
// ends it, unless it is EBADF, or all are to be ignored; ErrExitNow always
// ends it.
//
// Source: asyncore.close_all.
func CloseAll(m *Map, ignoreAll bool) error {
	for _, c := range m.Channels() {
		err := c.Close()
		if err == nil || errors.Is(err, sys.EBADF) {
			continue
		}
		if !ignoreAll || errors.Is(err, ErrExitNow) {
			return err
		}
	}
	for _, r := range slices.Clone(m.records) {
		m.Delete(r.fd)
	}
	return nil
}
