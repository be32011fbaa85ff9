namespace IslGateway.Operations.Explain;

internal static class ExplainExtensions
{
    public static IServiceCollection AddExplain(this IServiceCollection services) =>
        services.AddSingleton<Surroundings>().AddSingleton<Explainer>().AddSingleton<ExplainEndpoint>();
}
