/*
 * The lease of a question. Several gateways are asked the same; one takes the lease, asks ISL and writes the answer to Redis.
 *
 * The gateways fill one question, each a few times, over one Redis. A command travels: it may be carried out long after it was sent, when its
 * sender waits no more, or get lost. Any step may come late, which is all that the others see of a process that is stopped: so a lease may
 * expire at any time. A gateway that crashes is one whose further commands get lost. Redis may lose a lease or an answer, and have an older
 * answer instead.
 *
 * A holder whose answer waits too long for its epoch gives its lease up. Like a fill under the lease of another epoch's name it only adds its
 * answer then: where there is none, and no lease but one in vain.
 *
 * Promises
 *   no stale overwrite   an answer never takes the place of one that ISL gave later
 *   one holder           as long as no lease was lost, one gateway at a time asks ISL under it
 *
 * Mistake: the holder asks whether the lease is still its own, and writes then, in place of the one script that does both.
 *
 * Not in the model: fills that go without any lease, which write whatever they have; leases that come back with an older state of Redis, which
 * would have to happen within Lease:Ttl.
 */
#define GATEWAYS 2
#define FILLS 2

#define NONE 0
#define VAIN 255

mtype = { Nothing, Take, Own, Write, Add, GiveUp, Release };

/* What one gateway has sent: command, token, answer. Redis takes them in their order. */
chan wire[GATEWAYS] = [1] of { mtype, byte, byte };

/* The token under which a gateway holds the lease, as far as Redis has told it. */
byte told[GATEWAYS];

/* What Redis holds: the holder's token or VAIN, and an answer. Answers are numbered as they are made. */
byte lease, entry;
byte answers;

/* How many ask ISL under the lease, and whether it was lost while it was held. */
byte asking;
bool leaseWasLost;

inline carry_out()
{
  if
  :: kind == Take ->
     if :: lease == NONE -> lease = token :: else fi;
     told[g] = (lease == token -> token : NONE)
  :: kind == Own -> told[g] = (lease == token -> token : NONE)
  :: kind == Write ->
     if
#ifndef MISTAKE
     :: lease != token
#endif
     :: else -> assert(entry == NONE || entry < answer); entry = answer
     fi
  :: kind == Add -> if :: entry == NONE && (lease == NONE || lease == VAIN) -> entry = answer :: else fi
  :: kind == GiveUp -> if :: lease == token -> lease = VAIN :: else fi
  :: kind == Release -> if :: lease == token -> lease = NONE :: else fi
  fi
}

active proctype Redis()
{
  byte g, token, answer;
  mtype kind = Nothing;
end:
  do
  :: atomic {
       if
       :: wire[0]?kind, token, answer -> g = 0
       :: wire[1]?kind, token, answer -> g = 1
       fi;
       carry_out();
       kind = Nothing; token = 0; answer = 0; g = 0
     }
  :: atomic { lease != NONE -> leaseWasLost = leaseWasLost || lease != VAIN; lease = NONE }
  :: atomic { entry != NONE -> entry-- }
  od
}

/* Sends a command, or has it lost. */
inline send(command)
{
  if
  :: wire[g]!command, token, answer
  :: true
  fi
}

active [GATEWAYS] proctype Gateway()
{
  byte g = _pid - 1, token, answer, fill;
  bool holds;
  do
  :: fill == FILLS -> break
  :: fill < FILLS ->
     d_step { fill++; token = g * FILLS + fill; told[g] = NONE }
     if
     :: true            /* it goes by the lease of another name */
     :: wire[g]!Take, token, 0;
        if
        :: atomic { told[g] == token -> holds = true }
        :: goto release /* it is another's, or no reply has come */
        fi
     fi;

     d_step { asking = asking + holds; assert(asking <= 1 || leaseWasLost) }
     d_step { asking = asking - holds; answers++; answer = answers }

     if
     :: true
     :: holds -> send(GiveUp); holds = false
     fi;

     if
     :: !holds -> send(Add)
     :: else ->
#ifdef MISTAKE
        told[g] = NONE;
        wire[g]!Own, token, 0;
        if :: told[g] == token :: goto release fi;
#endif
        send(Write)
     fi;

release:
     send(Release);
     d_step { holds = false; answer = 0 }
  od
}
