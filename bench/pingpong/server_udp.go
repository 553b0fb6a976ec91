package main

import (
	"net"
	"strconv"

	"github.com/pollux-net/pollux/bench/internal/peer"
	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
)

// serveUDPNet is one socket and one goroutine of package net, in the form that
// does not allocate.
func serveUDPNet(cfg peer.Config) error {
	addr, err := net.ResolveUDPAddr("udp4", cfg.Addr)
	if err != nil {
		return err
	}
	conn, err := net.ListenUDP("udp4", addr)
	if err != nil {
		return err
	}
	cfg.Ready(conn.LocalAddr().String())
	buffer := make([]byte, cfg.Buffer)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return err
		}
		if _, err := conn.WriteToUDPAddrPort(buffer[:n], from); err != nil {
			return err
		}
	}
}

// serveUDPPollux is the same on fdsock: blocking calls.
func serveUDPPollux(cfg peer.Config) error {
	s, err := boundUDP(cfg)
	if err != nil {
		return err
	}
	buffer := make([]byte, cfg.Buffer)
	for {
		n, from, err := s.RecvFromAddrPort(buffer)
		if err != nil {
			return err
		}
		if _, err := s.SendToAddrPort(buffer[:n], from); err != nil {
			return err
		}
	}
}

// serveUDPPolluxMsg uses recvmsg and sendmsg.
func serveUDPPolluxMsg(cfg peer.Config) error {
	s, err := boundUDP(cfg)
	if err != nil {
		return err
	}
	buffers := [][]byte{make([]byte, cfg.Buffer)}
	answer := make([][]byte, 1)
	for {
		got, err := s.RecvMsgInto(buffers, 0)
		if err != nil {
			return err
		}
		answer[0] = buffers[0][:got.N]
		if _, err := s.SendMsg(answer, nil, got.Addr); err != nil {
			return err
		}
	}
}

func boundUDP(cfg peer.Config) (*fdsock.Socket, error) {
	group, err := reactor.NewGroup(reactor.Config{Loops: cfg.Loops})
	if err != nil {
		return nil, err
	}
	host, text, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	s, err := fdsock.NewOn(group, fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
	if err != nil {
		return nil, err
	}
	if err := s.Bind(fdsock.Inet(host, port)); err != nil {
		return nil, err
	}
	addr, err := s.GetSockName()
	if err != nil {
		return nil, err
	}
	cfg.Ready(addr.String())
	return s, nil
}
