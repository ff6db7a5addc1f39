// Compares shared and separate first projections of the PTSL branches: MT10, ten seeds, as in the PTSL paper.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-projection.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

PaperTable.run
    {
        Name = "ptsl-projection"
        Title = "PTSL, projections, MT10 (rewards v2; v1, normalised, with fidelity=original)"
        Rows = [
            "independent", "preset=ptsl/projection-independent-mt10"
            "shared", "preset=ptsl/projection-shared-mt10"
        ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
