namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>What a <see cref="ScriptedUpstream"/> does with a request, and then with its connection.</summary>
internal delegate Task<AfterAnswer> Script(ScriptedCall call);
