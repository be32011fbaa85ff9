using System.Globalization;

namespace IslGateway.Commands.Demo;

/// <summary>
/// The guide's price points (its section "Batch Similar Requests") as a sweep, and its validations ("Parallel Validation of Multiple
/// Models") side by side.
/// </summary>
internal static class DemoPatterns
{
    private const string Counterfactual = "/api/v1/causal/counterfactual";
    private const string Validate = "/api/v1/causal/validate";
    private const string Model =
        """
        "model":{"variables":["Price","Revenue"],"equations":{"Revenue":"12000 - 80 * Price"},
        "distributions":{"noise":{"type":"normal","parameters":{"mean":0,"std":100}}}},"outcome":"Revenue"
        """;

    private static readonly string[] Prices =
        [.. new[] { 50, 55, 60, 65, 70 }.Select(price => Text($"{{\"intervention\":{{\"Price\":{price}}}}}"))];

    public static IReadOnlyList<DemoPattern> All { get; } =
    [
        new(
            "5 price points", 7500, 1500, [.. Prices.Select(PricePoint)],
            $$"""{"path":"{{Counterfactual}}","base":{{{Model}}},"vary":[{{string.Join(',', Prices)}}]}"""),
        new("10 validations", 50, 5, [.. Enumerable.Range(1, 10).Select(Validation)]),
    ];

    private static DemoRequest PricePoint(string price) => new("Price point", Counterfactual, $"{{{Model},{price[1..]}", 1500);

    private static DemoRequest Validation(int number) => new("Validation", Validate, Text($$"""
        {"dag":{"nodes":["Price","Model {{number}}","Revenue"],"edges":[["Price","Model {{number}}"],["Model {{number}}","Revenue"]]},
         "treatment":"Price","outcome":"Revenue"}
        """), 5);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
