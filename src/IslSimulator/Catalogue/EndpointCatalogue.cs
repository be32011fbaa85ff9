using IslSimulator.Answers;
using static IslSimulator.Catalogue.MetadataKind;
using static IslSimulator.Catalogue.Variation;

namespace IslSimulator.Catalogue;

/// <summary>Every path that ISL serves: routes, answers and the OpenAPI document come from this table.</summary>
internal static class EndpointCatalogue
{
    private const string Api = "/api/v1/";

    public static readonly EndpointSpec[] All =
    [
        new(Api + "causal/validate", 5, Underscore)
        {
            Required = ["dag", "treatment", "outcome"], Fields = GuideShapes.CausalValidate, Build = CausalValidation.Build,
        },
        new(Api + "causal/counterfactual", 1000, Underscore)
        {
            Varies = KeyOrder, Required = ["model", "outcome", "intervention"],
            Optional = ["context", "preferences", "user_context", "num_samples"],
            Fields = GuideShapes.Counterfactual, Build = Counterfactual.Build,
        },
        new(Api + "causal/counterfactual/batch", 1200, Underscore)
        {
            Varies = KeyOrder, Required = ["model"], Optional = ["scenarios", "outcome", "seed", "num_samples"],
        },
        new(Api + "causal/counterfactual/conformal", 1000, Underscore)
        {
            Varies = Chance, Required = ["model"], Optional = ["intervention", "calibration_data", "confidence_level", "seed"],
        },
        new(Api + "causal/transport", 100, Underscore)
        {
            Varies = KeyOrder, Optional = ["source_domain", "target_domain", "treatment", "outcome"],
        },
        new(Api + "causal/validate/strategies", 100, Underscore)
        {
            Varies = Process, Required = ["dag"], Optional = ["treatment", "outcome"],
        },
        new(Api + "causal/discover/from-data", 300, Underscore) { Optional = ["data", "variable_names", "seed"] },
        new(Api + "causal/discover/from-knowledge", 100, None) { AlwaysFails = true, Optional = ["domain_description", "variable_names"] },
        new(Api + "causal/experiment/recommend", 200, Underscore)
        {
            Varies = ChanceUnlessSeeded, Optional = ["beliefs", "objective", "constraints", "seed"],
        },
        new(Api + "causal/parameter-recommendations", 50, None) { Optional = ["graph", "current_parameters"] },
        new(Api + "causal/sensitivity/detailed", 150, Plain) { Required = ["model"], Optional = ["assumptions"] },
        new(Api + "causal/extract-factors", 100, Plain) { Optional = ["texts", "domain"] },
        new(Api + "batch/validate", 20, Plain)
        {
            IdPrefix = "batch_", Required = ["requests"], Fields = GuideShapes.Batch, Build = BatchAnswers.Validate,
        },
        new(Api + "batch/counterfactual", 1200, Plain)
        {
            IdPrefix = "batch_", Required = ["requests"], Fields = GuideShapes.Batch, Build = BatchAnswers.Counterfactual,
        },

        new(Api + "teaching/teach", 300, Underscore)
        {
            Varies = Chance, Required = ["user_id"], Optional = ["target_concept", "context", "current_beliefs"],
            Fields = GuideShapes.Teach, Build = Teaching.Build,
        },
        new(Api + "validation/validate", 100, Underscore)
        {
            Required = ["model"], Optional = ["validation_level"], Fields = GuideShapes.AdvancedValidation,
            Build = AdvancedValidation.Build,
        },
        new(Api + "validation/strategies", 100, Timing) { Required = ["dag"], Optional = ["treatment", "outcome"] },
        new(Api + "validation/feasibility", 100, None) { Optional = ["options", "constraints"] },
        new(Api + "validation/correlations", 100, None) { Optional = ["correlations"] },
        new(Api + "validation/coherence", 100, None) { Varies = Chance, Optional = ["graph", "options", "goal"] },
        new(Api + "utility/validate", 20, None) { Optional = ["utility"] },
        new(Api + "sensitivity/detailed", 150, Timing) { Required = ["model"], Optional = ["assumptions"] },
        new(Api + "contrastive", 150, Timing) { Required = ["model"], Optional = ["outcome", "observed_outcome"] },
        new(Api + "conformal", 150, Timing) { Required = ["model"], Optional = ["intervention", "seed"] },

        new(Api + "team/align", 300, MetadataKind.Null)
        {
            Required = ["perspectives"], Optional = ["options"], Fields = GuideShapes.TeamAlignment, Build = TeamAlignment.Build,
        },
        new(Api + "analysis/sensitivity", 150, MetadataKind.Null)
        {
            Required = ["model"], Optional = ["baseline_result", "assumptions"], Fields = GuideShapes.Sensitivity,
            Build = Sensitivity.Build,
        },
        new(Api + "analysis/dominance", 20, Timing)
        {
            BodyNamesRequest = true, Optional = ["options", "criteria"], Fields = GuideShapes.Criteria,
        },
        new(Api + "analysis/pareto", 20, Timing)
        {
            BodyNamesRequest = true, Optional = ["options", "criteria"], Fields = GuideShapes.Criteria,
        },
        new(Api + "analysis/risk-adjust", 20, Timing) { BodyNamesRequest = true, Optional = ["options", "risk_coefficient", "risk_type"] },
        new(Api + "analysis/thresholds", 20, Timing) { BodyNamesRequest = true, Optional = ["parameter_sweeps", "baseline_ranking"] },
        new(Api + "analysis/optimise", 50, Timing)
        {
            Varies = KeyOrder, BodyNamesRequest = true, Optional = ["objective", "decision_variables", "constraints", "seed"],
            Build = GenericAnswer.Optimise,
        },
        new(Api + "analysis/conditional-recommend", 30, Underscore)
        {
            Optional = ["ranked_options"], Build = GenericAnswer.ConditionalRecommend,
        },
        new(Api + "analysis/sequential", 100, Underscore) { Varies = KeyOrder, Optional = ["graph", "stages"] },
        new(Api + "analysis/policy-tree", 100, Underscore) { Varies = KeyOrder, Optional = ["graph", "stages"] },
        new(Api + "analysis/stage-sensitivity", 100, Underscore) { Varies = KeyOrder, Optional = ["graph", "stages"] },
        new(Api + "analysis/identifiability", 10, Timing) { Optional = ["graph"] },
        new(Api + "analysis/identifiability/dag", 10, Timing) { Optional = ["dag", "treatment", "outcome"] },
        new(Api + "analysis/robustness", 50, UnderscoreTiming)
        {
            Optional = ["graph", "options", "n_samples", "parameter_uncertainties", "utility"], Build = GenericAnswer.TimedResult,
        },
        new(Api + "aggregation/multi-criteria", 20, Timing)
        {
            Varies = KeyOrder, BodyNamesRequest = true, Optional = ["criteria_scores", "weights"],
        },
        new(Api + "explain/contrastive", 100, None) { AlwaysFails = true, Required = ["model", "outcome"] },
        new(Api + "robustness/analyze", 50, MetadataKind.Null) { Optional = ["causal_model", "intervention_proposal", "target_outcome"] },
        new(Api + "robustness/analyze/v2", 100, None)
        {
            IdPrefix = "isl-", BodyNamesRequest = true, Optional = ["graph", "options", "goal_node_id", "n_samples", "seed"],
            Build = Robustness.BuildV2,
        },
        new(Api + "robustness/analyze/unified", 50, MetadataKind.Null)
        {
            Optional = ["causal_model", "graph", "analysis_types"], Build = Robustness.BuildUnified,
        },

        new(Api + "outcomes/log", 5, None)
        {
            Required = ["decision_id"], Optional = ["user_id", "tenant_id", "outcome"], Build = Outcomes.Log,
        },
        new(Api + "outcomes/summary", 3, UnderscoreTiming) { Method = HttpMethods.Get, Build = Outcomes.Summary },
        new(Api + "outcomes/{id}", 3, None) { Method = HttpMethods.Get, Build = Outcomes.Get },
        new(Api + "outcomes/{id}", 3, None) { Method = HttpMethods.Patch, Optional = ["outcome", "notes"], Build = Outcomes.Amend },
        new(Api + "preferences/elicit", 40, Underscore)
        {
            Required = ["user_id", "context"], Optional = ["num_queries", "current_beliefs"], Fields = GuideShapes.Elicit,
            Build = Preferences.Elicit,
        },
        new(Api + "preferences/update", 30, Underscore) { Required = ["user_id", "query_id", "response"], Build = Preferences.Update },

        new("/health", 3, None) { Method = HttpMethods.Get, Build = ServiceAnswers.Health },
        new("/ready", 3, None) { Method = HttpMethods.Get, Build = ServiceAnswers.Health },
        new("/cache/stats", 2, None) { Method = HttpMethods.Get, Build = ServiceAnswers.CacheStats },
        new("/health/circuit-breakers", 2, None) { Method = HttpMethods.Get, Build = ServiceAnswers.CircuitBreakers },
        new("/health/services", 2, None) { Method = HttpMethods.Get, AlwaysFails = true },
    ];

    public static IEnumerable<EndpointSpec> At(string path) => All.Where(spec => Matches(spec.Path, path));

    private static bool Matches(string template, string path)
    {
        if (!template.EndsWith("/{id}", StringComparison.Ordinal)) return template == path;
        var stem = template.AsSpan(0, template.Length - "{id}".Length);
        return path.AsSpan().StartsWith(stem, StringComparison.Ordinal)
            && path.Length > stem.Length
            && path.IndexOf('/', stem.Length) < 0
            && path != Api + "outcomes/log"
            && path != Api + "outcomes/summary";
    }
}
