//go:build linux

package fdsock_test

import "strconv"

// send makes a call that sends, of less than the kernel has room for.
func (m *maker) send(e *end) {
	if e.peer.gone || len(e.peer.queue) >= 8 || e.peer.bytes > 1<<15 || m.kind.stream && e.peer.rights {
		return // behind descriptors a stream's receive ends early
	}
	most := m.pick3(10, 200, 3000)
	n, fds := m.size(most), 0
	size, flags := strconv.Itoa(n), m.pick("", "", "", "DONTWAIT")
	switch m.rnd.IntN(6) {
	case 0, 1:
		m.op("send", e.name, size, flags)
	case 2:
		m.op("sendall", e.name, size, flags)
	case 3:
		m.op("sendmsg", e.name, sizesOf(m.rnd, n, 1+m.rnd.IntN(4)), flags, "", "0")
	case 4:
		if m.unix() && n > 0 && e.peer.bytes == 0 && len(e.peer.queue) == 0 && !e.shut {
			fds = 1 + m.rnd.IntN(3)
		}
		m.op("sendmsg", e.name, size, flags, "", strconv.Itoa(fds))
	case 5:
		if m.kind.family == "unix" || m.kind.family == "" {
			return // a connected one refuses an address in ways that differ between kernels
		}
		m.op("sendto", e.name, size, flags, "@"+e.peer.name)
	}
	if !e.shut {
		m.sent(e.peer, n, fds)
	}
}

func (m *maker) pick3(a, b, c int) int { return []int{a, b, c}[m.rnd.IntN(3)] }

func (m *maker) unix() bool { return m.kind.family == "" || m.kind.family == "unix" }

// sent follows what a peer has been sent.
func (m *maker) sent(to *end, n, fds int) {
	to.rights = to.rights || fds > 0
	if m.kind.stream {
		to.bytes += n
		return
	}
	to.queue = append(to.queue, n)
}

// receive makes a call that receives, or that finds nothing.
func (m *maker) receive(e *end) {
	if m.kind.stream {
		m.receiveStream(e)
		return
	}
	m.receiveDatagram(e)
}

func (m *maker) receiveStream(e *end) {
	if e.bytes == 0 {
		m.receiveNothing(e)
		return
	}
	m.op("arrived", e.name, strconv.Itoa(e.bytes))
	n := 1 + m.size(2*e.bytes)
	flags := m.pick("", "", "", "PEEK", "DONTWAIT", "WAITALL", "PEEK|DONTWAIT")
	if flags == "WAITALL" && n > e.bytes && !e.ended && e.timeout == "none" {
		n = e.bytes
	}
	m.receiveBy(e, n, flags)
	if flags != "PEEK" && flags != "PEEK|DONTWAIT" {
		e.bytes -= min(n, e.bytes)
		e.rights = false
	}
}

// receiveNothing receives where nothing is, so that it does not wait for ever.
func (m *maker) receiveNothing(e *end) {
	switch {
	case e.ended:
		m.op("readable", e.name)
		m.receiveBy(e, 1+m.size(10), m.pick("", "PEEK", "WAITALL", "DONTWAIT"))
	case e.timeout == "0", e.timeout == "0.01":
		m.receiveBy(e, 1+m.size(10), m.pick("", "PEEK", "WAITALL", "DONTWAIT"))
	case e.timeout == "none":
		m.receiveBy(e, 1+m.size(10), m.pick("DONTWAIT", "PEEK|DONTWAIT"))
	}
	m.op("recv", e.name, "0", "")
}

func (m *maker) receiveDatagram(e *end) {
	if len(e.queue) == 0 {
		if e.timeout != "5" && !e.ended {
			flags := m.pick("", "PEEK")
			if e.timeout == "none" {
				flags = "DONTWAIT"
			}
			m.receiveBy(e, 1+m.size(10), flags)
		}
		return
	}
	m.op("readable", e.name)
	n := 1 + m.size(2*e.queue[0]+2)
	flags := m.pick("", "", "PEEK", "DONTWAIT", "TRUNC", "PEEK|TRUNC", "WAITALL")
	m.receiveBy(e, n, flags)
	if flags != "PEEK" && flags != "PEEK|TRUNC" {
		e.queue, e.rights = e.queue[1:], false
	}
}

// receiveBy makes one of the calls that receive n bytes.
func (m *maker) receiveBy(e *end, n int, flags string) {
	size, anc := strconv.Itoa(n), "0"
	if e.rights || m.rnd.IntN(4) == 0 {
		anc = m.pick("0", "12", "16", "20", "24", "32", "100")
	}
	trunc := flags == "TRUNC" || flags == "PEEK|TRUNC"
	switch c := m.rnd.IntN(6); {
	case trunc: // the others hand out bytes that were never received
		m.op("recvfrom_into", e.name, strconv.Itoa(3000+n), flags)
	case c == 0:
		m.op("recvfrom_into", e.name, size, flags)
	case c == 1:
		m.op("recv", e.name, size, flags)
	case c == 2:
		m.op("recv_into", e.name, size, flags)
	case c == 3:
		m.op("recvfrom", e.name, size, flags)
	case c == 4:
		m.op("recvmsg", e.name, size, anc, flags)
	case c == 5:
		m.op("recvmsg_into", e.name, sizesOf(m.rnd, n, 1+m.rnd.IntN(3)), anc, flags)
	}
}

// shutdown ends a direction, of a stream with an orderly end only.
func (m *maker) shutdown(e *end) {
	if !m.kind.stream || e.peer.gone {
		return
	}
	m.op("shutdown", e.name, "1")
	e.shut, e.peer.ended = true, true
}
