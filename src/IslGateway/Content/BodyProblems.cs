using IslGateway.Outcomes;
using IslGateway.Settings;

namespace IslGateway.Content;

/// <summary>Which error answers a body that cannot be decoded.</summary>
internal static class BodyProblems
{
    public static Problem Of(DecodeResult result, RequestBody body, LimitsOptions limits) => result switch
    {
        DecodeResult.TooLarge => Problems.BodyTooLarge(limits.MaxRequestBodySize),
        DecodeResult.OverBudget => Problems.BuffersFull(),
        _ => Problems.DamagedBody(body.Label),
    };
}
