namespace MtrlFunctional.Tests.Environments;

public sealed class DmControlVariantTests
{
    /// <summary>
    /// The joints as NumPy's RandomState(11) draws them and the positions after 200 steps, recorded of the original.
    /// </summary>
    [Test]
    public void TheCheetahSettlesAsTheOriginal()
    {
        double[] drawn =
        [
            0, 0, 0, -0.24043181047821094, -0.83867391733916, -1.750544515369798,
            -0.2685850964093611, -0.34165810493952753, -0.014243326638358256,
        ];
        double[] settled =
        [
            0.14295437459594965, -0.09947668015241695, 0.03500959303064463, -0.04050654310692933, 0.0037473564418710596,
            -0.07729584295858406, 0.007467207540999197, -0.04750254311520334, -0.036876442040627636,
        ];
        var run = Cheetah.Run;
        var task = new DmControlTask(
            run.Domain, run.Name, run.Description, run.Observation, run.Reward, run.Edits,
            FuncConvert.FromFunc<Joint[], Key, Start>((_, _) => new Start(drawn, new double[9], [])),
            run.AvoidsContacts, run.Settle);
        using var models = new DmControlModels();
        using var environment = new DmControlEnvironment(task, models);
        environment.Reset(0, KeyModule.OfSeed(0));
        Assert.That(environment.World.Positions.ToArray(), Is.EqualTo(settled));
        Assert.That(environment.World.Time, Is.Zero);
    }

    [Test]
    public void AModelWithoutTheChangedElementIsNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["walker.xml"], "<mujoco/>");
        using var models = new DmControlModels(folder.Path);
        Assert.That(() => models.Take("walker-len-3"), Throws.InstanceOf<PhysicsException>().With.Message.Contains("walker.xml: no element"));
    }
}
