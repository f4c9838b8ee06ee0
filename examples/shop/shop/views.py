"""A product's page with what looks like it, and a search by words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from .models import Product


def product(request: HttpRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(Product, pk=pk)
    alike = Product.objects.filter(in_stock=True).similar_to(shown)[:4]
    return render(request, "shop/product.html", {"product": shown, "alike": alike})


def search(request: HttpRequest) -> HttpResponse:
    found = Product.objects.filter(in_stock=True).search(request.GET.get("q", ""))[:24]
    return render(request, "shop/search.html", {"found": found})
