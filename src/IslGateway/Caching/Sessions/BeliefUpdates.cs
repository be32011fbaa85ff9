using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Journey;
using IslGateway.Settings;

namespace IslGateway.Caching.Sessions;

/// <summary>Watches the rows that change beliefs: named in <c>InvalidatedBy</c> of a session row, never cached, retried or coalesced.</summary>
internal sealed class BeliefUpdates(EndpointTable table, BeliefVersions versions)
{
    private readonly Dictionary<string, JsonPointer[]> _usersAt = table.Rows
        .Where(row => row.Cache == CachePolicy.Session)
        .SelectMany(row => row.InvalidatedBy, (row, update) => (Update: update, User: row.SessionUser!))
        .GroupBy(pair => pair.Update, pair => pair.User)
        .ToDictionary(group => group.Key, group => group.ToArray());

    /// <summary>Whether the row changes beliefs.</summary>
    public bool Concerns(EndpointRow row) => _usersAt.ContainsKey(row.Name);

    /// <summary>Forwards an update between two raises of its users' versions.</summary>
    public async Task ForwardAsync(HttpContext context, Exchange exchange, EndpointRow row, RequestDelegate next)
    {
        var users = UsersOf(exchange.Body, row);
        await versions.RaiseAsync(users);
        try
        {
            await next(context);
        }
        finally
        {
            await versions.RaiseAsync(users);
        }
    }

    private List<Digest>? UsersOf(RequestBody? body, EndpointRow row)
    {
        if (body is null || body.TryGetPlain(out var plain) is not (DecodeResult.Ok or DecodeResult.Mislabelled)) return null;
        var users = new List<Digest>();
        foreach (var pointer in _usersAt[row.Name])
        {
            if (SessionUsers.Find(plain, pointer) is not { } found) return null;
            users.AddRange(found);
        }

        return users;
    }
}
