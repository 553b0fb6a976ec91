package fdsock

// The flags of GetAddrInfo. These, NI_ and EAI_ have Linux's values on every
// system, as the look-ups are this package's own.
const (
	AI_PASSIVE     = 0x1
	AI_CANONNAME   = 0x2
	AI_NUMERICHOST = 0x4
	AI_V4MAPPED    = 0x8
	AI_ALL         = 0x10
	AI_ADDRCONFIG  = 0x20
	AI_NUMERICSERV = 0x400

	allAI = 0x43f | 0x3c0 // with the GNU library's, for internationalised names
)

// The flags of GetNameInfo, and the room that C's takes.
const (
	NI_NUMERICHOST = 0x1
	NI_NUMERICSERV = 0x2
	NI_NOFQDN      = 0x4
	NI_NAMEREQD    = 0x8
	NI_DGRAM       = 0x10
	NI_MAXHOST     = 1025
	NI_MAXSERV     = 32

	allNI = 0xff // with the GNU library's, for internationalised names
)

// The codes of a [GAIError]. EAI_NODATA, EAI_MEMORY, EAI_SYSTEM and
// EAI_OVERFLOW do not come from this package.
const (
	EAI_BADFLAGS   = -1
	EAI_NONAME     = -2
	EAI_AGAIN      = -3
	EAI_FAIL       = -4
	EAI_NODATA     = -5
	EAI_FAMILY     = -6
	EAI_SOCKTYPE   = -7
	EAI_SERVICE    = -8
	EAI_ADDRFAMILY = -9
	EAI_MEMORY     = -10
	EAI_SYSTEM     = -11
	EAI_OVERFLOW   = -12
)

// IPv4 addresses as numbers, in host byte order.
const (
	INADDR_ANY             = 0
	INADDR_LOOPBACK        = 0x7f000001
	INADDR_BROADCAST       = 0xffffffff
	INADDR_NONE            = 0xffffffff
	INADDR_UNSPEC_GROUP    = 0xe0000000
	INADDR_ALLHOSTS_GROUP  = 0xe0000001
	INADDR_MAX_LOCAL_GROUP = 0xe00000ff
)
