namespace IslGateway.Commands.Demo;

/// <summary>The guide's five-request workflow, of its section "Performance Comparison", and the guide's own figures for it.</summary>
internal static class DemoWorkflow
{
    /// <summary>The guide's total for five requests at once with caching.</summary>
    public const int GuideConcurrentMilliseconds = 1000;

    /// <summary>The guide's total after its further optimisations: half the samples, reused connections, HTTP/2.</summary>
    public const int GuideFinalMilliseconds = 450;

    public static IReadOnlyList<DemoRequest> Requests { get; } =
    [
        new("Validation", "/api/v1/causal/validate", """
            {"dag":{"nodes":["Price","Brand","Revenue"],"edges":[["Price","Revenue"],["Brand","Price"],["Brand","Revenue"]]},
             "treatment":"Price","outcome":"Revenue"}
            """, 5),
        new("Counterfactual", "/api/v1/causal/counterfactual", """
            {"model":{"variables":["Price","Revenue"],"equations":{"Revenue":"10000 - 50 * Price"},
                      "distributions":{"noise":{"type":"normal","parameters":{"mean":0,"std":100}}}},
             "outcome":"Revenue","intervention":{"Price":60}}
            """, 1000),
        new("Preferences", "/api/v1/preferences/elicit", """
            {"user_id":"demo-user","context":{"domain":"pricing","variables":["revenue","churn"]},"num_queries":3}
            """, 40),
        new("Teaching", "/api/v1/teaching/teach", """
            {"user_id":"demo-user","target_concept":"confounding","context":{"domain":"pricing"},"current_beliefs":{}}
            """, 300, "its examples are drawn anew for every call, so a stored answer would be a wrong one"),
        new("Team alignment", "/api/v1/team/align", """
            {"perspectives":[{"role":"PM","priorities":["revenue"]},{"role":"Engineering","priorities":["quality"]}],
             "options":[{"id":"a","name":"Premium"},{"id":"b","name":"Standard"}]}
            """, 300, "its answers name no configuration and ISL's later versions fail on it, so the endpoint table keeps none"),
    ];
}
