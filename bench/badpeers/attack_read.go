package main

import "github.com/pollux-net/pollux/bench/internal/peer"

// slowReader does not read what it is owed until the end.
func slowReader(b *bad) (func(*bad) outcome, error) { return owed(b, 100<<20, false) }

// lateReader has ended its direction when it begins to read. A server that
// keeps little has not seen the FIN by then: it does not read on while it is
// owing, and nothing must be lost either way.
func lateReader(b *bad) (func(*bad) outcome, error) { return owed(b, 16<<20, true) }

func owed(b *bad, total int, fin bool) (func(*bad) outcome, error) {
	conn, err := dial(b.addr, b.tls)
	if err != nil {
		return nil, err
	}
	t := startTransfer(conn, b.scaled(total), fin)
	stall([]*transfer{t})
	return func(b *bad) outcome {
		out := outcome{Conns: 1}
		var err error
		if out.Lost, err = t.read(b.deadline(), fin); err != nil {
			out.fail(err)
		}
		peer.Abort(conn)
		return out
	}, nil
}

// reset owes nobody anything: what remains of the connections is the question.
func reset(b *bad) (func(*bad) outcome, error) {
	const each = 1 << 20
	conns, err := b.dialMany(b.scaled(100), false)
	if err != nil {
		return nil, err
	}
	var all []*transfer
	for _, conn := range conns {
		all = append(all, startTransfer(conn, each, false))
	}
	stall(all)
	return func(*bad) outcome {
		for _, t := range all {
			peer.Abort(t.conn)
			<-t.done // with an error: it was to be cut off
		}
		return outcome{Conns: len(all)}
	}, nil
}
