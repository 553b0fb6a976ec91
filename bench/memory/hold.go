package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/peer"
)

const (
	perAddress  = 4000 // connections from one address of the loopback
	warmConns   = 16
	groupSize   = 64 // connections that are used at the same time
	stepTimeout = 30 * time.Second
)

// mixedSizes are the messages of a round, each connection at another one. They
// fit into the sockets' buffers, as all of a group are sent before any is read.
func mixedSizes() []int { return []int{1, 100, 512, 1500, 4096, 9000, 16384} }

// holder has the connections.
type holder struct {
	addr  string
	tls   bool
	conns []net.Conn
	size  []int // of the message under way, for each
}

// holdCommand is "memory hold": a child that does what its input says and
// answers OK or what went wrong.
func holdCommand(args []string) error {
	h := &holder{}
	flags := flag.NewFlagSet("memory hold", flag.ContinueOnError)
	flags.StringVar(&h.addr, "addr", "", "`address` of the server")
	flags.BoolVar(&h.tls, "tls", false, "speak TLS")
	if err := flags.Parse(args); err != nil {
		return err
	}
	fmt.Println("READY", "hold")
	child.Serve(func(line string) string {
		if err := h.obey(line); err != nil {
			return strings.ReplaceAll(err.Error(), "\n", " ")
		}
		return "OK"
	})
	return nil
}

// obey opens connections, or has each of them send a message of a size, or of
// the sizes of a round.
func (h *holder) obey(line string) error {
	word, number, _ := strings.Cut(line, " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	switch word {
	case "warm":
		return h.warm(n)
	case "open":
		return h.open(n)
	case "echo":
		return h.echo(func(int) int { return n })
	case "mixed":
		sizes := mixedSizes()
		return h.echo(func(i int) int { return sizes[(i+n)%len(sizes)] })
	}
	return fmt.Errorf("what is %q?", line)
}

// warm has n connections use all that any needs, and closes them.
func (h *holder) warm(n int) error {
	if err := h.open(n); err != nil {
		return err
	}
	for _, size := range mixedSizes() {
		if err := h.echo(func(int) int { return size }); err != nil {
			return err
		}
	}
	for _, conn := range h.conns {
		peer.Abort(conn)
	}
	h.conns = nil
	return nil
}

func (h *holder) open(n int) error {
	for i := range n {
		conn, err := h.dial(i)
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		h.conns = append(h.conns, conn)
	}
	h.size = make([]int, len(h.conns))
	return nil
}

// dial takes another source address every now and then, as an address has a
// limited number of ports.
func (h *holder) dial(i int) (net.Conn, error) {
	return peer.Dial(h.addr, net.IPv4(127, 0, 0, byte(2+i/perAddress)), h.tls, stepTimeout)
}

// echo has each connection send a message and receive it again, some of them
// at the same time.
func (h *holder) echo(size func(i int) int) error {
	for i := range h.conns {
		h.size[i] = size(i)
	}
	for begin := 0; begin < len(h.conns); begin += groupSize {
		if err := h.echoGroup(begin, min(begin+groupSize, len(h.conns))); err != nil {
			return err
		}
	}
	return nil
}

func (h *holder) echoGroup(begin, end int) error {
	largest := mixedSizes()[len(mixedSizes())-1]
	buffer := make([]byte, largest)
	message := bytes.Repeat([]byte("0123456789"), largest/10+1)
	deadline := time.Now().Add(stepTimeout)
	for i := begin; i < end; i++ {
		_ = h.conns[i].SetDeadline(deadline)
		if _, err := h.conns[i].Write(message[:h.size[i]]); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
	}
	for i := begin; i < end; i++ {
		got := buffer[:h.size[i]]
		if _, err := io.ReadFull(h.conns[i], got); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		if !bytes.Equal(got, message[:len(got)]) {
			return errors.New("the echo is not what was sent")
		}
	}
	return nil
}
