/*
 * Purge tokens: what two gateways keep in memory and in one field of a hash in Redis (src/IslGateway/Redis/TokenSet.cs and
 * RedisTokens.cs).
 *
 * Promise: once a purge is done (Redis has acknowledged it, and every gateway that runs has heard of it), nothing that was stored
 * before it is served by any gateway, whatever becomes of gateways and of Redis afterwards. An answer lies under the token that was in
 * force when it was asked for, and is never lost: so the promise is that nobody holds again a token under which something was stored
 * before the purge.
 * Also: once all is quiet, every gateway holds what Redis holds and no purge is owed; and where Redis has lost nothing, every purge
 * that it has acknowledged holds everywhere, heard or not when it was made.
 *
 * Redis may be flushed, and may come back as another server with an older snapshot (crash, failover). A gateway may crash at any time
 * and come back knowing nothing, or be cut off for as long as it likes. It reads, and later writes only if field and server are still
 * what it has read. A write may be carried out without its gateway hearing of it, and later than other writes.
 *
 * Assumptions. Every server has another run id. Redis's clock, from one server to the next, does not run back by more than lies between
 * two purges: stamps grow. A write that is under way does not outlive a loss of data (the script refuses what was read more than two
 * seconds ago). Tokens are random; here an id is used again as soon as nothing holds it.
 *
 * spin -a purge.pml && cc -O2 -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m100000 -w24
 * -DMISTAKE: a gateway that knows nothing takes what it finds, whichever server it was written under. spin must find the promise
 * broken.
 */
#ifndef PURGES
#define PURGES  1
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef LOSSES
#define LOSSES  1                 /* flushes, and returns with a snapshot */
#endif
#ifndef UNHEARD
#define UNHEARD 1                 /* writes whose gateway does not hear of them */
#endif
#define NONE    0                 /* no token; as a stamp: a token that only this gateway has */
#define FIRST   9                 /* the stamp of what stands where nothing stood: older than every purge */
#define IDS     8

typedef Field { byte token; byte stamp; byte server };
typedef Write { byte token; byte stamp; byte server; byte expected; byte expectedStamp; byte expectedServer };
typedef Gateway { bool up; byte token; byte stamp; byte owed; bool hasRead; Field seen; byte seenServer; Write late };

Field redis, snapshot;
byte server = 1;
Gateway g[2];

byte used;                        /* tokens that something was stored under */
byte before[PURGES];              /* tokens that something was stored under before each purge */
byte acknowledged, done;          /* purges */
byte purges, crashes, losses, unheard;
byte clock;
byte fresh, i;

#define BIT(n)  (1 << (n))
#define HOLDS(f, n) (f.token == (n))

/* An id that nothing holds; nothing was stored under it. */
inline Draw(result)
{
  fresh = 1;
  do
  :: HOLDS(redis, fresh) || HOLDS(snapshot, fresh) || HOLDS(g[0], fresh) || HOLDS(g[1], fresh) || HOLDS(g[0].late, fresh) ||
     HOLDS(g[1].late, fresh) || HOLDS(g[0].seen, fresh) || HOLDS(g[1].seen, fresh) -> fresh++
  :: else -> break
  od;
  assert(fresh < IDS);
  used = used & ~BIT(fresh);
  i = 0;
  do
  :: i < PURGES -> before[i] = before[i] & ~BIT(fresh); i++
  :: else -> break
  od;
  result = fresh
}

/* A gateway uses a token: from now on something is stored under it. */
inline Use(n, newToken, newStamp)
{
  printf("%d uses %d/%d\n", n, newToken, newStamp);
  g[n].token = newToken;
  g[n].stamp = newStamp;
  used = used | BIT(g[n].token)
}

/* Gateway n serves what was stored before purge p. It may come to: an older reading, or an older write, is under way. */
#define SERVES(n, p)    (g[n].up && (before[p] & BIT(g[n].token)))
#define MAY_SERVE(n, p) (SERVES(n, p) || (before[p] & (BIT(g[n].seen.token) | BIT(g[n].late.token))))

/* The promise, and when a purge is done. */
inline Check()
{
  i = 0;
  do
  :: i < PURGES ->
     if
     :: (done & BIT(i)) -> assert(!SERVES(0, i) && !SERVES(1, i))
     :: !(done & BIT(i)) && (acknowledged & BIT(i)) && !(before[i] & BIT(redis.token)) && !MAY_SERVE(0, i) && !MAY_SERVE(1, i) ->
        printf("purge %d is done\n", i);
        done = done | BIT(i)
     :: else
     fi;
     i++
  :: else -> break
  od;
  fresh = 0;
  i = 0
}

#define STANDING(n)  (g[n].seen.server == g[n].seenServer)
#define NEWER(n)     (g[n].seen.stamp > g[n].stamp || (g[n].seen.stamp == g[n].stamp && g[n].seen.token > g[n].token))
#define SAME(n)      (g[n].seen.stamp == g[n].stamp && g[n].seen.token == g[n].token)
#define UNTOUCHED(w) (redis.token == w.expected && redis.stamp == w.expectedStamp && redis.server == w.expectedServer && server == w.server)

/* It holds what Redis has told it, owes nothing, and finds something. */
#define KNOWS(n)     (!g[n].owed && g[n].seen.token != NONE && g[n].stamp != NONE)

inline Prepare(n, newToken, newStamp)
{
  g[n].late.token = newToken;
  g[n].late.stamp = newStamp;
  g[n].late.server = g[n].seenServer;
  g[n].late.expected = g[n].seen.token;
  g[n].late.expectedStamp = g[n].seen.stamp;
  g[n].late.expectedServer = g[n].seen.server
}

inline Carry(n)
{
  if
  :: UNTOUCHED(g[n].late) ->
     printf("Redis takes %d/%d/%d of %d\n", g[n].late.token, g[n].late.stamp, g[n].late.server, n);
     redis.token = g[n].late.token;
     redis.stamp = g[n].late.stamp;
     redis.server = g[n].late.server
  :: else
  fi
}

inline Forget(w)
{
  w.token = NONE; w.stamp = 0; w.server = 0; w.expected = 0; w.expectedStamp = 0; w.expectedServer = 0
}

inline ForgetSeen(n)
{
  g[n].hasRead = false; g[n].seen.token = NONE; g[n].seen.stamp = 0; g[n].seen.server = 0; g[n].seenServer = 0
}

/* What a gateway makes of what it has read. */
inline Decide(n)
{
  if
  :: g[n].owed -> clock++; Draw(fresh); Prepare(n, fresh, 10 * clock)
  :: !g[n].owed && g[n].seen.token == NONE && g[n].stamp == NONE -> Prepare(n, g[n].token, FIRST)
  :: !g[n].owed && g[n].seen.token == NONE && g[n].stamp != NONE -> Prepare(n, g[n].token, g[n].stamp)
#ifdef MISTAKE
  :: !g[n].owed && g[n].seen.token != NONE && g[n].stamp == NONE -> Use(n, g[n].seen.token, g[n].seen.stamp)
#else
  :: !g[n].owed && g[n].seen.token != NONE && g[n].stamp == NONE && STANDING(n) -> Use(n, g[n].seen.token, g[n].seen.stamp)
  :: !g[n].owed && g[n].seen.token != NONE && g[n].stamp == NONE && !STANDING(n) -> Prepare(n, g[n].token, g[n].seen.stamp - 1)
#endif
  :: KNOWS(n) && STANDING(n) && NEWER(n) -> Use(n, g[n].seen.token, g[n].seen.stamp)
  :: KNOWS(n) && STANDING(n) && SAME(n)
  :: KNOWS(n) && STANDING(n) && !NEWER(n) && !SAME(n) -> Prepare(n, g[n].token, g[n].stamp)
  :: KNOWS(n) && !STANDING(n) && g[n].seen.stamp <= g[n].stamp -> Prepare(n, g[n].token, g[n].stamp)
  /* It has missed something: what it holds may have been purged. */
  :: KNOWS(n) && !STANDING(n) && g[n].seen.stamp > g[n].stamp -> Draw(fresh); Use(n, fresh, NONE)
  fi
}

/* Redis has said that it was carried out. */
inline Hear(n)
{
  if
  :: UNTOUCHED(g[n].late) ->
     acknowledged = acknowledged | g[n].owed;
     g[n].owed = 0;
     Carry(n);
     Use(n, g[n].late.token, g[n].late.stamp)
  :: else
  fi;
  Forget(g[n].late)
}

#define WANTS(n) (g[n].owed || redis.token != g[n].token || redis.stamp != g[n].stamp || redis.server != server)

proctype Run(byte n)
{
  do
  :: d_step { g[n].up && !g[n].hasRead && WANTS(n) && g[n].late.token == NONE ->
       printf("%d reads %d/%d/%d at %d\n", n, redis.token, redis.stamp, redis.server, server);
       g[n].hasRead = true;
       g[n].seen.token = redis.token; g[n].seen.stamp = redis.stamp; g[n].seen.server = redis.server; g[n].seenServer = server }
  :: d_step { g[n].hasRead ->
       Decide(n);
       ForgetSeen(n);
       if
       :: g[n].late.token != NONE -> Hear(n)
       :: else
       fi;
       Check() }
  :: d_step { g[n].hasRead && unheard < UNHEARD ->
       Decide(n);
       ForgetSeen(n);
       if
       :: g[n].late.token != NONE -> unheard++
       :: else
       fi;
       Check() }
  :: d_step { g[n].late.token != NONE -> Carry(n); Forget(g[n].late); Check() }
  :: d_step { g[n].up && purges < PURGES ->
       printf("%d purges\n", n);
       before[purges] = used;
       g[n].owed = g[n].owed | BIT(purges);
       purges++;
       Draw(fresh);
       Use(n, fresh, g[n].stamp);
       Check() }
  :: d_step { g[n].up && crashes < CRASHES ->
       printf("%d crashes\n", n);
       crashes++;
       g[n].up = false; g[n].token = NONE; g[n].stamp = NONE; g[n].owed = 0;
       ForgetSeen(n);
       Check() }
  :: d_step { !g[n].up -> g[n].up = true; Draw(fresh); Use(n, fresh, NONE); Check() }
  :: timeout -> break
  od
}

inline Lose()
{
  losses++;
  Forget(g[0].late);
  Forget(g[1].late)
}

proctype Redis()
{
  do
  :: d_step { losses < LOSSES && (snapshot.token != redis.token || snapshot.stamp != redis.stamp || snapshot.server != redis.server) ->
       snapshot.token = redis.token; snapshot.stamp = redis.stamp; snapshot.server = redis.server }
  :: d_step { losses < LOSSES && redis.token != NONE ->
       redis.token = NONE; redis.stamp = 0; redis.server = 0;
       Lose() }
  :: d_step { losses < LOSSES ->
       printf("Redis comes back with %d\n", snapshot.token);
       redis.token = snapshot.token; redis.stamp = snapshot.stamp; redis.server = snapshot.server;
       server++;
       Lose() }
  :: timeout -> break
  od
}

init
{
  d_step { Draw(fresh); g[0].up = true; Use(0, fresh, NONE); Draw(fresh); g[1].up = true; Use(1, fresh, NONE); fresh = 0 };
  atomic { run Run(0); run Run(1); run Redis() };
  /* All is quiet: what there is has been read by everybody. */
  timeout;
  assert(g[0].token == redis.token && g[1].token == redis.token && redis.server == server);
  assert(!g[0].owed && !g[1].owed);
  i = 0;
  do
  :: i < PURGES -> assert(losses > 0 || !(acknowledged & BIT(i)) || (!SERVES(0, i) && !SERVES(1, i))); i++
  :: else -> break
  od
}
