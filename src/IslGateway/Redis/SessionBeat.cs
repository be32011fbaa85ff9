namespace IslGateway.Redis;

/// <summary>One heartbeat of a gateway.</summary>
/// <param name="Gateway">Its name: another one for each process.</param>
/// <param name="Secret">Tells secrets apart: under each, users have other names.</param>
/// <param name="Base">
/// Redis's time, ms, in the reply to the last heartbeat; it is carried out within <see cref="RedisSessions.SignLife"/> of that.
/// </param>
/// <param name="WasThere">Whether this process has been among the gateways before.</param>
/// <param name="IsMoved">
/// Whether it was there over another connection: by which there may have been another server, with other data.
/// </param>
/// <param name="Met">The gateways that it knows of: if Redis has lost the set, they are missing until they are heard of.</param>
internal sealed record SessionBeat(string Gateway, string Secret, long Base, bool WasThere, bool IsMoved, IReadOnlyList<string> Met);
