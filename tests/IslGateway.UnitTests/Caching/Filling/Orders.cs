using IslGateway.Caching.Filling;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;

namespace IslGateway.UnitTests.Caching.Filling;

/// <summary>What a fill is told to do, as far as tests of the board care.</summary>
internal static class Orders
{
    public static FillRequest Of(Credential credential) => new()
    {
        Row = Rows.Plain,
        Call = new UpstreamCall("POST", "/a", new HeaderDictionary(), default) { MaxAnswerSize = 1, Credential = credential },
        RequestId = "i",
        Settings = new GatewaySettings(),
        Credential = credential,
        KeyUnder = epoch => epoch,
        IsCurrent = () => ValueTask.FromResult(true),
        AcceptsStored = true,
        NotToStore = Reason.None,
        Budget = new BufferBudget(1),
    };
}
