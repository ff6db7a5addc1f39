namespace MtrlFunctional.Policies;

/// <summary>A trained policy of an ONNX file, in ONNX Runtime: for programs that act and do not train.</summary>
/// <remarks>It computes on the thread that asks, and a call allocates no managed memory. Nothing is collected about its use: where nobody has
/// set <c>ORT_DISABLE_TELEMETRY</c>, it is set before ONNX Runtime's first session.</remarks>
/// <example>
/// <code>
/// using var policy = OnnxPolicy.Load("policy:mt10");
/// var action = policy.Act(observation, "door-open");
/// </code>
/// </example>
public sealed class OnnxPolicy : TrainedPolicy
{
    private OnnxPolicy(string name, PolicyData data)
        : base(data, new OnnxActions(name, data))
    {
    }

    /// <summary>Loads a policy of a file, or a shipped one.</summary>
    /// <param name="path">A file of <c>mtrl export</c>; or a name, such as policy:mt10 (<see cref="ShippedPolicies"/>).</param>
    /// <exception cref="MtrlException">No such file or name, it is no whole file of a policy, or ONNX Runtime cannot compute it.</exception>
    public static OnnxPolicy Load(string path)
    {
        if (path is null)
            throw new ArgumentNullException(nameof(path));
        return new(path, ShippedPolicies.HasPrefix(path) ? ShippedPolicies.Read(path) : PolicyReader.Read(path));
    }

    /// <summary>Loads a policy from memory: where its file is part of an archive, such as an app's or a game's.</summary>
    /// <param name="file">Bytes of a file of <c>mtrl export</c>; they are not changed, and must not change.</param>
    /// <param name="name">Of the policy, for messages.</param>
    /// <exception cref="MtrlException">It is no whole file of a policy, or ONNX Runtime cannot compute it.</exception>
    public static OnnxPolicy Load(byte[] file, string name = "policy")
    {
        if (file is null)
            throw new ArgumentNullException(nameof(file));
        return new(name, PolicyReader.Read(name, file));
    }
}
