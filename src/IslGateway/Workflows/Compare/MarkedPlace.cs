using IslGateway.Endpoints;

namespace IslGateway.Workflows.Compare;

/// <summary>A place of answers that is not compared as a part of them.</summary>
/// <param name="Pointer">The place, and all below it.</param>
/// <param name="IsConfiguration">Whether it tells of ISL's settings, and is reported apart; else it is left out.</param>
internal sealed record MarkedPlace(JsonPointer Pointer, bool IsConfiguration);
