// Compares the outputs passed on by a projected layer of PTSL: MT10, four seeds, as in the PTSL paper.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-residual.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

PaperTable.run
    {
        Name = "ptsl-residual"
        Title = "PTSL, residuals, MT10 (rewards v2; v1, normalised, with fidelity=original)"
        Rows = [
            "none", "preset=ptsl/residual-none-mt10"
            "sum", "preset=ptsl/residual-sum-mt10"
            "linear", "preset=ptsl/residual-linear-mt10"
            "product", "preset=ptsl/residual-product-mt10"
        ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
