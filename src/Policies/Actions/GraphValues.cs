namespace MtrlFunctional.Policies;

/// <summary>Names of the inputs and outputs of a policy's graph; each has a row for each of a batch.</summary>
internal static class GraphValues
{
    /// <summary>The input of observations, float32.</summary>
    internal const string Observation = "observation";

    /// <summary>The input of tasks, int64.</summary>
    internal const string Task = "task";

    /// <summary>The output, float32.</summary>
    internal const string Action = "action";

    /// <summary>The input of what recurrent units have kept of the rows before, float32.</summary>
    internal const string Memory = "memory";

    /// <summary>The output of what they keep, float32.</summary>
    internal const string NextMemory = "next_memory";

    /// <summary>The input of noise, float32: normal numbers, which are added in units of σ; or Gumbel numbers, which are added to
    /// log-probabilities of choices.</summary>
    internal const string Noise = "noise";
}
