using Google.Protobuf;
using Onnx;

namespace MtrlFunctional.Tests.Policies;

/// <summary>A program that only acts gets what <see cref="Policy"/> gives.</summary>
public class OnnxPolicyTests
{
    [Test]
    public void ItActsAsThePolicyOfTheWholeLibrary()
    {
        using var folder = new TemporaryFolder();
        using var policy = Policy.Load("policy:mt10");
        var file = folder["policy.onnx"];
        policy.Save(file);
        var observation = Enumerable.Range(0, policy.ObservationSize).Select(i => Math.Sin(i)).ToArray();
        foreach (var load in new Func<OnnxPolicy>[]
            { () => OnnxPolicy.Load("policy:mt10"), () => OnnxPolicy.Load(file), () => OnnxPolicy.Load(File.ReadAllBytes(file)) })
        {
            using var alone = load();
            Assert.That((alone.Tasks, alone.Step, alone.Licence), Is.EqualTo((policy.Tasks, policy.Step, policy.Licence)));
            Assert.That((alone.Card!.Description, alone.Card.Results), Is.EqualTo((policy.Card!.Description, policy.Card.Results)));
            foreach (var task in policy.Tasks)
                Assert.That(alone.Act(observation, task), Is.EqualTo(policy.Act(observation, task)));
        }
    }

    [Test]
    public void WrongNamesAndFilesAreMessages()
    {
        using var folder = new TemporaryFolder();
        using var policy = OnnxPolicy.Load("policy:mt10");
        Assert.That(
            () => policy.Act(new float[39], "dor-open"),
            Refuses("The policy has no task 'dor-open'. There are: reach-v3, push-v3"));
        Assert.That(() => policy.Act(new float[39], 10), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("10 tasks, from 0"));
        Assert.That(() => OnnxPolicy.Load("policy:mt1O"), Refuses("policy:mt1O: no such policy. There are: policy:"));
        Assert.That(() => OnnxPolicy.Load(folder["none.onnx"]), Refuses($"{folder["none.onnx"]}: no such file."));
        Assert.That(() => OnnxPolicy.Load(folder.Path), Refuses($"{folder.Path}: is a folder, and a policy is a file; "));
        Assert.That(() => OnnxPolicy.Load([]), Refuses("policy: is no ONNX file, or a damaged one (it has no graph)."));
    }

    /// <summary>Parts of a stranger's file that ONNX Runtime would follow.</summary>
    [Test]
    public void WhatIsInNoPolicyIsRefused()
    {
        static void Refused(Action<ModelProto> change, string message)
        {
            var model = ModelProto.Parser.ParseFrom(ShippedPolicies.FileOf("policy:mt10"));
            model.MetadataProps.RemoveAt(model.MetadataProps.Count - 1);
            change(model);
            Assert.That(() => OnnxPolicy.Load(PolicyFile.WithHash(model), "it"), Refuses($"it: {message}"));
        }

        Refused(model => model.Graph.Node[0].OpType = "Loop", "has the operator 'Loop', which is in no policy; there are Add, ");
        Refused(model => model.Graph.Node[0].Domain = "com.microsoft", "has the operator 'com.microsoft', which is in no policy");
        Refused(
            model => model.Graph.Initializer[0].DataLocation = TensorProto.Types.DataLocation.External, "has constants in another file.");
        Refused(model => model.Graph.SparseInitializer.Add(new SparseTensorProto()), "has sparse constants, which are in no policy.");
        Refused(model => model.Functions.Add(new FunctionProto()), "has operators of its own, which are in no policy.");
    }

    private static NUnit.Framework.Constraints.Constraint Refuses(string message) =>
        Throws.InstanceOf<MtrlException>().With.Message.StartsWith(message);
}
