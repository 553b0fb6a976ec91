//go:build linux

package fdsock

// The constants of the families that only Linux has.

// Netlink protocols, see netlink(7).
const (
	NETLINK_CRYPTO   = 21
	NETLINK_DNRTMSG  = 14
	NETLINK_FIREWALL = 3
	NETLINK_IP6_FW   = 13
	NETLINK_NFLOG    = 5
	NETLINK_ROUTE    = 0
	NETLINK_USERSOCK = 2
	NETLINK_XFRM     = 6
)

// Packet types, see packet(7).
const (
	PACKET_BROADCAST = 1
	PACKET_FASTROUTE = 6
	PACKET_HOST      = 0
	PACKET_LOOPBACK  = 5
	PACKET_MULTICAST = 2
	PACKET_OTHERHOST = 3
	PACKET_OUTGOING  = 4
)

// Special vsock addresses, see vsock(7).
const (
	IOCTL_VM_SOCKETS_GET_LOCAL_CID = 1977
	VMADDR_CID_ANY                 = 0xffffffff
	VMADDR_CID_HOST                = 2
	VMADDR_PORT_ANY                = 0xffffffff
	VM_SOCKETS_INVALID_VERSION     = 0xffffffff
)

// The kernel's cryptography, see AF_ALG.
const (
	ALG_OP_DECRYPT        = 0
	ALG_OP_ENCRYPT        = 1
	ALG_OP_SIGN           = 2
	ALG_OP_VERIFY         = 3
	ALG_SET_AEAD_ASSOCLEN = 4
	ALG_SET_AEAD_AUTHSIZE = 5
	ALG_SET_IV            = 2
	ALG_SET_KEY           = 1
	ALG_SET_OP            = 3
	ALG_SET_PUBKEY        = 6
)

// Controller area networks.
const (
	CAN_BCM                    = 2
	CAN_BCM_CAN_FD_FRAME       = 0x800
	CAN_BCM_RX_ANNOUNCE_RESUME = 256
	CAN_BCM_RX_CHANGED         = 12
	CAN_BCM_RX_CHECK_DLC       = 64
	CAN_BCM_RX_DELETE          = 6
	CAN_BCM_RX_FILTER_ID       = 32
	CAN_BCM_RX_NO_AUTOTIMER    = 128
	CAN_BCM_RX_READ            = 7
	CAN_BCM_RX_RTR_FRAME       = 1024
	CAN_BCM_RX_SETUP           = 5
	CAN_BCM_RX_STATUS          = 10
	CAN_BCM_RX_TIMEOUT         = 11
	CAN_BCM_SETTIMER           = 1
	CAN_BCM_STARTTIMER         = 2
	CAN_BCM_TX_ANNOUNCE        = 8
	CAN_BCM_TX_COUNTEVT        = 4
	CAN_BCM_TX_CP_CAN_ID       = 16
	CAN_BCM_TX_DELETE          = 2
	CAN_BCM_TX_EXPIRED         = 9
	CAN_BCM_TX_READ            = 3
	CAN_BCM_TX_RESET_MULTI_IDX = 512
	CAN_BCM_TX_SEND            = 4
	CAN_BCM_TX_SETUP           = 1
	CAN_BCM_TX_STATUS          = 8
	CAN_EFF_FLAG               = 0x80000000
	CAN_EFF_MASK               = 0x1fffffff
	CAN_ERR_FLAG               = 0x20000000
	CAN_ERR_MASK               = 0x1fffffff
	CAN_ISOTP                  = 6
	CAN_J1939                  = 7
	CAN_RAW                    = 1
	CAN_RAW_FD_FRAMES          = 5
	CAN_RAW_FILTER             = 1
	CAN_RAW_JOIN_FILTERS       = 6
	CAN_RAW_LOOPBACK           = 3
	CAN_RAW_RECV_OWN_MSGS      = 4
	CAN_RTR_FLAG               = 0x40000000
	CAN_SFF_MASK               = 0x7ff
)

// SAE J1939 on CAN.
const (
	J1939_EE_INFO_NONE          = 0
	J1939_EE_INFO_TX_ABORT      = 1
	J1939_FILTER_MAX            = 512
	J1939_IDLE_ADDR             = 254
	J1939_MAX_UNICAST_ADDR      = 253
	J1939_NLA_BYTES_ACKED       = 1
	J1939_NLA_PAD               = 0
	J1939_NO_ADDR               = 255
	J1939_NO_NAME               = 0
	J1939_NO_PGN                = 0x40000
	J1939_PGN_ADDRESS_CLAIMED   = 60928
	J1939_PGN_ADDRESS_COMMANDED = 65240
	J1939_PGN_MAX               = 262143
	J1939_PGN_PDU1_MAX          = 261888
	J1939_PGN_REQUEST           = 59904
)

// Transparent inter-process communication.
const (
	TIPC_ADDR_ID             = 3
	TIPC_ADDR_NAME           = 2
	TIPC_ADDR_NAMESEQ        = 1
	TIPC_CFG_SRV             = 0
	TIPC_CLUSTER_SCOPE       = 2
	TIPC_CONN_TIMEOUT        = 130
	TIPC_CRITICAL_IMPORTANCE = 3
	TIPC_DEST_DROPPABLE      = 129
	TIPC_HIGH_IMPORTANCE     = 2
	TIPC_IMPORTANCE          = 127
	TIPC_LOW_IMPORTANCE      = 0
	TIPC_MEDIUM_IMPORTANCE   = 1
	TIPC_NODE_SCOPE          = 3
	TIPC_PUBLISHED           = 1
	TIPC_SRC_DROPPABLE       = 128
	TIPC_SUBSCR_TIMEOUT      = 3
	TIPC_SUB_CANCEL          = 4
	TIPC_SUB_PORTS           = 1
	TIPC_SUB_SERVICE         = 2
	TIPC_TOP_SRV             = 1
	TIPC_WAIT_FOREVER        = -1
	TIPC_WITHDRAWN           = 2
	TIPC_ZONE_SCOPE          = 1
)
