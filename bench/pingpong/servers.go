package main

import (
	"slices"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// servers lists all entries, in the order of the tables.
func servers() []peer.Server {
	return slices.Concat(
		peer.Plain(),
		[]peer.Server{{Name: "pollux-block", Serve: servePolluxBlocking}},
		peer.TLS(),
		[]peer.Server{
			{Name: "pollux-tls-block", TLS: true, Serve: servePolluxTLSBlocking},
			{Name: "pollux-tls-ahead", TLS: true, Serve: servePolluxTLSAhead},
			{Name: "udp-raw", UDP: true, Serve: serveUDPRaw},
			{Name: "udp-net", UDP: true, Serve: serveUDPNet},
			{Name: "udp-pollux", UDP: true, Serve: serveUDPPollux},
			{Name: "udp-pollux-msg", UDP: true, Serve: serveUDPPolluxMsg},
		},
		peer.HTTP())
}

// baselines are the servers the others are compared with.
func baselines() []string {
	return []string{"c", "net", "tls-net", "c-openssl", "udp-raw", "udp-net", "http-c", "http-net", "https-c-openssl", "https-net"}
}
