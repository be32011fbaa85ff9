/*
 * Session answers that several gateways share through Redis: src/IslGateway/Caching/Sessions/Membership.cs.
 *
 * Two gateways, one user. The property is the assertion: an elicit that begins after an update was acknowledged, at
 * either gateway, finds nothing that was computed before that update.
 *
 * Whatever a gateway asks of Redis is carried out as late as it likes or never, and its reply may be lost: that is a
 * gateway cut off, a link held, a Redis that hangs. Redis loses everything (flush) or comes back with an older
 * snapshot (restart). Gateways crash and start anew. Time passes in ticks, for all alike.
 *
 * Assumed, and written there: a gateway that is struck off has ended; where Redis loses the set of gateways, a living
 * one has met each of the others; and updates come to gateways that have reached Redis.
 *
 * -DMISTAKE=n makes a mistake that must be found (-DMISTAKE: the first):
 *   1 a late heartbeat counts            2 heartbeats go on while a raise is not acknowledged
 *   3 striking off replaces no token     4 an answer waits for one life instead of two
 *   5 nobody is remembered after a loss  6 an older snapshot is taken for the present
 * -DHIT must be found as well: after an update, something is found in the cache while both gateways are there.
 */

#ifndef MISTAKE
#define MISTAKE 0
#endif

#ifndef LIFE
#define LIFE 1               /* of a sign, in ticks */
#endif
#define LAPSED (2 * LIFE)    /* after so long without a reply no sign can be left */
#define NONE   (LIFE + 2)    /* no heartbeat under way */
#define NOTHING 3            /* no answer stored */

/*
 * Redis. Its token is the user's and everyone's together. Tokens are named by their part: 0 is the one that stands
 * there, 1 the snapshot's where that is another. No lookup gives any other again.
 */
bool in[2];                  /* in the set of gateways */
byte age[2] = LIFE;          /* of the last heartbeat; LIFE: no sign any more */
bool ghost;                  /* a gateway that has crashed is in the set */
bool isSameRun = true;       /* what is stored was written in this run of the server */
bool isOldOther;             /* the snapshot's token is another one */
bool oldIn[2];

/* Gateways */
bool entered[2];             /* this process knows that it has been in the set */
bool met[2];                 /* and knows of the other one */
bool outbox[2];              /* a raise is not acknowledged */
byte heard[2] = LAPSED;      /* since Redis's time in the last reply to a heartbeat */
byte beat[2] = NONE;         /* a heartbeat under way: since the time that it was sent by */

/* An update, always at gateway 1: 1 at ISL, 2 applied, 3 raised again */
byte update;

/* Answers: 0 knows every update, 1 misses one that was applied, 2 misses one that was acknowledged */
byte stored[2] = NOTHING;    /* by the token in its key, in the memory of any gateway or in Redis */

/* An elicit that found nothing: 1 has a token, 2 has ISL's answer, which is to be stored under it */
byte elicit;
bool key;
byte answer;

#ifdef HIT
bool updated;
#endif

inline endElicit() {
    elicit = 0; key = 0; answer = 0
}

inline replace() {
    if
    :: !isOldOther -> isOldOther = true; stored[1] = stored[0]; if :: elicit > 0 -> key = 1 :: else fi
    :: else -> if :: elicit > 0 && key == 0 -> endElicit() :: else fi
    fi;
    stored[0] = NOTHING
}

inline snapshot() {
    if :: isOldOther && elicit > 0 && key == 1 -> endElicit() :: else fi;
    isOldOther = false; stored[1] = NOTHING; oldIn[0] = in[0]; oldIn[1] = in[1]
}

inline restart() {
    if
    :: isOldOther ->
        if :: elicit > 0 && key == 0 -> endElicit() :: else fi;
        stored[0] = stored[1]; stored[1] = NOTHING; isOldOther = false; key = 0
    :: else
    fi;
    in[0] = oldIn[0]; in[1] = oldIn[1]; age[0] = LIFE; age[1] = LIFE; ghost = false; isSameRun = false
}

inline flush() {
    replace();
    in[0] = false; in[1] = false; age[0] = LIFE; age[1] = LIFE; ghost = false
}

inline crash(g) {
    if :: in[g] -> ghost = true :: else fi;
    in[g] = false; oldIn[g] = false; age[g] = LIFE; met[1 - g] = false;
    entered[g] = false; met[g] = false; outbox[g] = false; heard[g] = LAPSED; beat[g] = NONE;
    if :: g == 1 -> update = 0 :: else fi
}

inline worsen(from) {
    if :: stored[0] == from -> stored[0] = from + 1 :: else fi;
    if :: stored[1] == from -> stored[1] = from + 1 :: else fi;
    if :: elicit == 2 && answer == from -> answer = from + 1 :: else fi
}

inline older(a, most) {
    if :: a < most -> a++ :: else fi
}

#define young(g)   (!in[g] || age[g] < LIFE)
#define are_all(g) (in[g] && young(0) && young(1) && !ghost && isSameRun)
#define is_lost(g) (!isSameRun || (!in[g] && (entered[g] || (!in[1 - g] && !ghost))))
#define known(g)   (!in[g] || met[1 - g])

proctype Gateway(bit g) {
    do
    /* A heartbeat is sent only while every raise is acknowledged. */
    :: d_step { beat[g] == NONE && (!outbox[g] || MISTAKE == 2) -> beat[g] = (heard[g] <= LIFE -> heard[g] : LIFE + 1) }

    /* It is carried out within LIFE of the time that it was sent by; later it only tells the time. */
    :: atomic { beat[g] != NONE ->
        if
        :: beat[g] > LIFE && MISTAKE != 1 -> heard[g] = 0
        :: else ->
            if
            :: is_lost(g) ->
                if :: !isSameRun && MISTAKE == 6 :: else -> replace() fi;
                if :: met[g] && !in[1 - g] && MISTAKE != 5 -> in[1 - g] = true; age[1 - g] = LIFE :: else fi;
                isSameRun = true
            :: else
            fi;
            in[g] = true; age[g] = 0;
            if
            :: heard[g] = 0; met[g] = in[1 - g]; entered[g] = true
            :: true      /* the reply is lost */
            fi
        fi;
        beat[g] = NONE
    }
    :: d_step { beat[g] != NONE -> beat[g] = NONE }

    /* A raise is made again until it is acknowledged. */
    :: atomic { outbox[g] -> replace(); if :: outbox[g] = false :: true fi }

    /* An update: raised before it is forwarded and after it has ended. Its answer waits. */
    :: d_step { g == 1 && update == 0 && (entered[g] || in[g]) -> update = 1; outbox[g] = true }
    :: d_step { g == 1 && update == 1 -> update = 2; worsen(0) }
    :: d_step { g == 1 && update == 2 -> update = 3; outbox[g] = true }
    :: d_step { g == 1 && update == 3 && (!outbox[g] || heard[g] >= (MISTAKE == 4 -> LIFE : LAPSED)) ->
        update = 0; worsen(1);
#ifdef HIT
        updated = true
#endif
    }

    /* An elicit looks for an answer under the token that stands there, if every gateway shows a sign. */
    :: d_step { are_all(g) && stored[0] != NOTHING ->
        assert(stored[0] != 2);
#ifdef HIT
        assert(!(updated && in[0] && in[1]));
#endif
    }
    :: d_step { are_all(g) && elicit == 0 -> elicit = 1; key = 0 }
    :: d_step { elicit == 1 -> elicit = 2; answer = 0 }
    :: d_step { elicit == 2 -> stored[key] = answer; endElicit() }
    od
}

proctype World() {
    do
    :: d_step {
        older(age[0], LIFE); older(heard[0], LAPSED); if :: beat[0] != NONE -> older(beat[0], LIFE + 1) :: else fi;
        older(age[1], LIFE); older(heard[1], LAPSED); if :: beat[1] != NONE -> older(beat[1], LIFE + 1) :: else fi
    }
    :: d_step { known(0) && known(1) -> flush() }
    :: d_step { isSameRun -> snapshot() }
    :: d_step { (known(0) || oldIn[0]) && (known(1) || oldIn[1]) -> restart() }
    :: d_step { (!met[0] || in[1]) && !ghost -> crash(0) }
    :: d_step { (!met[1] || in[0]) && !ghost -> crash(1) }

    /* Struck off. */
    :: d_step { ghost -> ghost = false; if :: MISTAKE != 3 -> replace() :: else fi }
    od
}

init {
    atomic { run Gateway(0); run Gateway(1); run World() }
}
