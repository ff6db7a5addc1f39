namespace MtrlFunctional.Tests.Environments;

public sealed class DmControlVariantTests
{
    /// <summary>The touch sensors of the finger exert no forces, whatever their size.</summary>
    [Test]
    public void VariantsOfTheFingerDifferInTouchOnly()
    {
        using var models = new DmControlModels();
        var variants = DmControlTasks.Variants(Variations.FingerSize, Finger.Spin);
        using var narrow = new DmControlEnvironment(variants[0], models);
        using var wide = new DmControlEnvironment(variants[9], models);
        var touchDiffers = false;
        for (var episode = 0; episode < 5; episode++)
        {
            narrow.Reset(0, KeyModule.OfSeed(episode));
            wide.Reset(0, KeyModule.OfSeed(episode));
            for (var step = 0; step < 200; step++)
            {
                double[] action = [Math.Sin(0.1 * step), Math.Cos(0.07 * step)];
                narrow.Step(action);
                wide.Step(action);
                var (a, b) = (Observation(narrow), Observation(wide));
                Assert.That(b[..7], Is.EqualTo(a[..7]));
                Assert.That(wide.World.Velocities.ToArray(), Is.EqualTo(narrow.World.Velocities.ToArray()));
                Assert.That(wide.Reward, Is.EqualTo(narrow.Reward));
                touchDiffers |= !b[7..].SequenceEqual(a[7..]);
            }
        }

        Assert.That(touchDiffers);
    }

    [Test]
    public void AFamilyOfVariantsStepsOnItsOwnModels()
    {
        using var family = new DmControlFamily(new DmControlFamilyOptions
        {
            Tasks = [.. new[] { 3, 8 }.Select(i => VariationModule.Apply(Variations.WalkerFoot, i, Walker.Walk))],
            ActionRepeat = 2,
        });
        Assert.That(family.Tasks.Select(task => task.Name), Is.EqualTo(new[] { "walker-walk-len-3", "walker-walk-len-8" }));
        Assert.That(family.Spec.Horizon, Is.EqualTo(500));

        double Mass(int task)
        {
            using var environment = (DmControlEnvironment)family.Create(task);
            var model = environment.World.Model;
            return model.Doubles("body_mass")[model.Id(ElementKind.Body, "left_foot")];
        }

        // Density 1,000 kg/m³: a longer foot has another 5 cm twice of a cylinder with a radius of 5 cm.
        Assert.That(Mass(1) - Mass(0), Is.EqualTo(1000 * Math.PI * 0.05 * 0.05 * 0.1).Within(1e-12));
    }

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

    private static double[] Observation(DmControlEnvironment environment)
    {
        var observation = new double[DmControlTaskModule.ObservationSize(environment.Task)];
        environment.Observe(observation.AsSpan());
        return observation;
    }
}
